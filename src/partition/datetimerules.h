/*
 * datetimerules.h
 *		What the fields of a specification of datetime partitioning have to do with each
 *		other.
 */
#ifndef DRS_DATETIMERULES_H
#define DRS_DATETIMERULES_H

#include "partition/datetimefields.h"

/* Raise 22023 for fields that exclude each other or need others; each is valid by itself. */
extern void drs_datetimerules_check(const DatetimeFields *fields);

/* The same for one backtest; returns whether it is of the second form, with all dates. */
extern bool drs_datetimerules_backtest(const BacktestFields *fields);

#endif							/* DRS_DATETIMERULES_H */
