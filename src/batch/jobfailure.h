/*
 * jobfailure.h
 *		A row that a job could not score.
 */
#ifndef DRS_JOBFAILURE_H
#define DRS_JOBFAILURE_H

#include "base/rowfailure.h"

/*
 * The failure of a row with this status in the result of a job, palloc'd.  Raises
 * 22000 instead, unless rows may fail by themselves.
 */
extern RowFailure *drs_jobfailure_of(const char *status, uint64 row, const char *job_id,
									 bool isolates);

#endif							/* DRS_JOBFAILURE_H */
