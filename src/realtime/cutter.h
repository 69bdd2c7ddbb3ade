/*
 * cutter.h
 *		Encodes rows and cuts them into chunks.
 */
#ifndef DRS_CUTTER_H
#define DRS_CUTTER_H

#include "config/option.h"
#include "rows/chunk.h"
#include "rows/sourcecolumns.h"

typedef struct Cutter Cutter;

/* Called with each chunk that is full or the last; it then belongs to the callee. */
typedef void (*CutterSend) (Chunk *chunk, void *arg);

/* Make a cutter in the current memory context, where its chunks live too.  Raises when the header cannot be sent. */
extern Cutter *drs_cutter_create(const Columns *columns, const Options *options, CutterSend send, void *arg);

/* The number of the first row, before any is put; else they are numbered from 1. */
extern void drs_cutter_number_from(Cutter *cutter, uint64 first);

/*
 * From now on, a row that cannot be sent becomes a chunk of its own with the
 * reason as its failure: one too large for any request, or with a text that
 * has no UTF-8 form (in databases of another encoding, and not while the
 * query runs in parallel).
 */
extern void drs_cutter_isolate(Cutter *cutter);

/*
 * Put a row: values of all columns, indexed as columns->desc, copied, TOAST
 * pointers followed.  Raises when it cannot be sent, unless that is isolated,
 * and where the options name time series, for rows out of order and for a
 * series too large for one request.
 */
extern void drs_cutter_put(Cutter *cutter, const Datum *values, const bool *isnull);

/* There are no more rows, or none of the same time series: send the chunk being filled, if there is one. */
extern void drs_cutter_flush(Cutter *cutter);

/* The same while there may be more: a time series that may go on is left. */
extern void drs_cutter_flush_whole(Cutter *cutter);

/* Rows of the next chunk, at most; at most the option chunk_rows. */
extern void drs_cutter_set_rows(Cutter *cutter, int64 rows);

/* Bytes of the next chunk, at most; for when a server has shown that it accepts no more.  0: as the options say. */
extern void drs_cutter_set_bytes(Cutter *cutter, size_t bytes);

/* Is the chunk being filled no more than a time series that may go on? */
extern bool drs_cutter_is_within_series(const Cutter *cutter);

extern int	drs_cutter_rows(const Cutter *cutter);	/* as set */
extern size_t drs_cutter_filled(const Cutter *cutter);	/* bytes of the chunk being filled; 0: there is none */
extern uint64 drs_cutter_count(const Cutter *cutter);	/* rows put so far */

#endif							/* DRS_CUTTER_H */
