/*
 * sentseries.h
 *		Forecasts for time series that were not sent.
 */
#ifndef DRS_SENTSERIES_H
#define DRS_SENTSERIES_H

#include "decode/replylayout.h"
#include "rows/chunk.h"

/* The series of a chunk, for its answer. */
typedef struct SentSet SentSet;

/* Note that the series of that name begins with a row. */
extern void drs_sent_note(Chunk *chunk, uint64 row, const char *name);

/*
 * For the answer to a chunk, in the current memory context; name is that of
 * the series' column.  NULL when it cannot be known: the chunk has no names,
 * or the answer has none.
 */
extern SentSet *drs_sent_of(const Chunk *chunk, const Layout *layout, const char *name);

/* Raise 08P01 for a forecast of another series. */
extern void drs_sent_check(const SentSet *set, const ReplyRow *row);

#endif							/* DRS_SENTSERIES_H */
