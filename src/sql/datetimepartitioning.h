/*
 * datetimepartitioning.h
 *		The preview of a partition by dates for the rows of a query.
 */
#ifndef DRS_DATETIMEPARTITIONING_H
#define DRS_DATETIMEPARTITIONING_H

#include "partition/datetimespec.h"

/*
 * The preview, as datarobot.datetime_partitioning() returns it, in the current memory context.
 * Runs the query as drs_source_run() does, and raises what docs/reference.md says.
 */
extern Jsonb *drs_datetime_preview(const char *query, const DatetimeSpec *spec);

#endif							/* DRS_DATETIMEPARTITIONING_H */
