/*
 * recordkeys.h
 *		The keys of the records of a result, by the columns that came through.
 */
#ifndef DRS_RECORDKEYS_H
#define DRS_RECORDKEYS_H

#include "batch/markcolumns.h"
#include "batch/resultorder.h"
#include "rows/key.h"

typedef struct RecordKeys RecordKeys;

/* A record of a run. */
typedef struct KeyedRecord
{
	size_t		start;			/* where it begins in the body of the run */
	size_t		end;			/* and ends, line end included */
	Datum	   *key;			/* palloc'd */
} KeyedRecord;

/*
 * Read the records of a run, in the current memory context, which ends it; the run
 * must stay valid.  Raises 08P01 for a text that is no CSV or lacks a key column.
 */
extern RecordKeys *drs_recordkeys_open(const ResultRun *run, const MarkColumns *marks,
									   const Key *key);

/* The next record; false: there are no more.  Raises for a value that its column rejects. */
extern bool drs_recordkeys_next(RecordKeys *keys, KeyedRecord *record);

#endif							/* DRS_RECORDKEYS_H */
