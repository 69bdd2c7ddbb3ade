/*
 * keptrows.h
 *		Rows of a scan that are kept for the case that it starts again.
 */
#ifndef DRS_KEPTROWS_H
#define DRS_KEPTROWS_H

#include "access/tupdesc.h"

typedef struct KeptRows KeptRows;

/*
 * Keep rows of that descriptor, which must live as long, in the current memory
 * context and resource owner: within work_mem, then in a temporary file.  Few: only a
 * few rows in memory, and none when there are more.
 */
extern KeptRows *drs_keptrows_create(TupleDesc desc, bool few);

/* Add a row, after the last one was read. */
extern void drs_keptrows_add(KeptRows *kept, const Datum *values, const bool *isnull);

/* Read the next row, valid until the next call; false after the last one. */
extern bool drs_keptrows_next(KeptRows *kept, const Datum **values, const bool **isnull);

/* Read from the first row on.  False: they were too many to be kept. */
extern bool drs_keptrows_rewind(KeptRows *kept);

/* Free what the memory context does not. */
extern void drs_keptrows_end(KeptRows *kept);

#endif							/* DRS_KEPTROWS_H */
