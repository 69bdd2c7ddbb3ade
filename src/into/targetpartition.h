/*
 * targetpartition.h
 *		Checks whether a partitioned target has a partition for a row of the query.
 */
#ifndef DRS_TARGETPARTITION_H
#define DRS_TARGETPARTITION_H

#include "config/option.h"
#include "into/target.h"
#include "into/targetoutput.h"

typedef struct PartitionCheck PartitionCheck;

/*
 * Make a check of the rows that a call will insert.  NULL if nothing is certain: the
 * target is not partitioned by list or range, its key is not among the columns of the
 * query in the same types, rules or triggers could interfere, or a row that cannot be
 * written is to be rejected.  Palloc'd; the target must live as long.
 */
extern PartitionCheck *drs_targetpartition_check(const Target *target, const Output *output,
												 const Options *options);

/* Raise 23514 when there is no partition for a row: values are those of the query's columns. */
extern void drs_targetpartition_check_row(PartitionCheck *check, const Columns *columns,
										  const Datum *values, const bool *isnull);

#endif							/* DRS_TARGETPARTITION_H */
