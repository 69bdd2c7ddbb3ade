/*
 * partitionarguments.h
 *		Arguments of the window functions that divide rows by shares, and their
 *		results.
 */
#ifndef DRS_PARTITIONARGUMENTS_H
#define DRS_PARTITIONARGUMENTS_H

#include "partition/shares.h"
#include "sql/windowrows.h"

typedef struct PartitionArguments
{
	Shares		shares;
	uint64		seed;
	Datum		names[MAX_SETS];	/* text of each set, as old as the window's partition */
} PartitionArguments;

/*
 * Read argument first and the next two as window parameters: holdout_pct, reps
 * and seed, or with tvh holdout_pct, validation_pct and seed.  Raises 22023 and
 * 22004 (NULL), and for what is not a number what the type numeric raises.
 */
extern void drs_partition_arguments(FunctionCallInfo fcinfo, WindowRows *rows, int first,
									bool tvh, PartitionArguments *args);

#endif							/* DRS_PARTITIONARGUMENTS_H */
