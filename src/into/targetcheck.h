/*
 * targetcheck.h
 *		Refuses what a target cannot take for certain, before a row is sent.
 */
#ifndef DRS_TARGETCHECK_H
#define DRS_TARGETCHECK_H

#include "config/option.h"
#include "into/target.h"
#include "into/targetoutput.h"

/*
 * Raise for a column that must not be NULL though nothing fills it (23502), if
 * inserts says that rows will certainly be inserted, and for a column that no model
 * id fits (22001, 42804).  Whatever could still be filled, as by a trigger, is left
 * alone.
 */
extern void drs_target_check_columns(const Target *target, const Output *output,
									 const Options *options, bool inserts);

#endif							/* DRS_TARGETCHECK_H */
