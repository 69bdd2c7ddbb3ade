/*
 * cutter.h
 *		Encodes rows and cuts them into chunks.
 */
#ifndef DRS_CUTTER_H
#define DRS_CUTTER_H

#include "config/option.h"
#include "realtime/sizing.h"
#include "rows/chunk.h"
#include "rows/sourcecolumns.h"

typedef struct Cutter Cutter;

/* Called with each chunk that is full or the last; it then belongs to the callee. */
typedef void (*CutterSend) (Chunk *chunk, void *arg);

/*
 * Make a cutter in the current memory context, which its chunks are allocated
 * in, too.  The arguments must live as long; sizing may change at any time.
 * Raises 54000 when the header alone exceeds chunk_size, and whatever
 * drs_series_create() raises.
 *
 * With plan->isolates, a row that cannot be sent becomes a chunk of its own
 * with the reason as its failure.  That is a row too large for any request,
 * or one with a text that cannot be converted to UTF-8 (in databases of
 * another encoding, unless the query runs in parallel).
 */
extern Cutter *drs_cutter_create(const Columns *columns, const Options *options,
								 const PipelinePlan *plan,
								 const Sizing *sizing, CutterSend send, void *arg);

/*
 * Put a row: the values of all columns, indexed like columns->desc.  They are
 * copied, and external TOAST values fetched.  Returns the bytes of its
 * record.  Raises when the row cannot be sent, unless such rows are isolated.
 * With time series, also raises for rows out of order (22023) and for a
 * series too large for one request (54000).
 */
extern size_t drs_cutter_put(Cutter *cutter, const Datum *values, const bool *isnull);

/*
 * Send the chunk being filled, if there is one.  No more rows may follow, or
 * none of the same time series.
 */
extern void drs_cutter_flush(Cutter *cutter);

/*
 * The same when more rows may follow: a time series that may continue stays
 * in the chunk being filled.
 */
extern void drs_cutter_flush_whole(Cutter *cutter);

/*
 * Cut here: no chunk may contain both rows from before and from after a cut.
 * The cut is made at once, except within a time series, where it is made when
 * the next series begins.
 */
extern void drs_cutter_cut(Cutter *cutter);
extern uint64 drs_cutter_cut_at(const Cutter *cutter);	/* rows put before the last
														 * cut that was made */

/* Does the chunk being filled contain only a time series that may continue? */
extern bool drs_cutter_is_within_series(const Cutter *cutter);

extern size_t drs_cutter_filled(const Cutter *cutter);	/* bytes of the chunk being
														 * filled; 0: there is none */

#endif							/* DRS_CUTTER_H */
