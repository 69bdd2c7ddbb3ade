/*
 * sentseries.h
 *		Detects forecasts for time series that were not sent.
 */
#ifndef DRS_SENTSERIES_H
#define DRS_SENTSERIES_H

#include "decode/replylayout.h"
#include "rows/chunk.h"

/* The names of the series in a chunk, to check its answer against. */
typedef struct SentSet SentSet;

/* Note in the chunk that the series of that name begins with a row, given by its number. */
extern void drs_sent_note(Chunk *chunk, uint64 row, const char *name);

/*
 * The series of a chunk, in the current memory context; name: the column of
 * the series.  NULL when they cannot be checked, because the chunk or the
 * answer does not name series.
 */
extern SentSet *drs_sent_of(const Chunk *chunk, const Layout *layout, const char *name);

/* Raise 08P01 for a forecast of a series that is not in the set. */
extern void drs_sent_check(const SentSet *set, const ReplyRow *row);

#endif							/* DRS_SENTSERIES_H */
