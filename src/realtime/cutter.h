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
 * Make a cutter in the current memory context, where its chunks live too.  The
 * arguments must live as long; sizing may change meanwhile.  Raises when the
 * header cannot be sent.
 *
 * With plan->isolates, a row that cannot be sent becomes a chunk of its own
 * with the reason as its failure: one too large for any request, or with a text
 * that has no UTF-8 form (in databases of another encoding, and not while the
 * query runs in parallel).
 */
extern Cutter *drs_cutter_create(const Columns *columns, const Options *options,
								 const PipelinePlan *plan,
								 const Sizing *sizing, CutterSend send, void *arg);

/*
 * Put a row: values of all columns, indexed as columns->desc, copied, TOAST
 * pointers followed.  Returns the bytes of its record.  Raises when it cannot be
 * sent, unless that is isolated, and where the options name time series, for
 * rows out of order and for a series too large for one request.
 */
extern size_t drs_cutter_put(Cutter *cutter, const Datum *values, const bool *isnull);

/*
 * There are no more rows, or none of the same time series:
 * send the chunk being filled, if there is one.
 */
extern void drs_cutter_flush(Cutter *cutter);

/* The same while there may be more: a time series that may go on is left. */
extern void drs_cutter_flush_whole(Cutter *cutter);

/*
 * No chunk may contain both rows from before and from after a cut.  It is made
 * at once, but for time series, where it is made as soon as another begins.
 */
extern void drs_cutter_cut(Cutter *cutter);
extern uint64 drs_cutter_cut_at(const Cutter *cutter);	/* rows put before the last
														 * cut that was made */

/* Is the chunk being filled no more than a time series that may go on? */
extern bool drs_cutter_is_within_series(const Cutter *cutter);

extern size_t drs_cutter_filled(const Cutter *cutter);	/* bytes of the chunk being
														 * filled; 0: there is none */

#endif							/* DRS_CUTTER_H */
