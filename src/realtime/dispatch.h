/*
 * dispatch.h
 *		Delivers chunks: at most N in flight, retried by rule, returned in order.
 */
#ifndef DRS_DISPATCH_H
#define DRS_DISPATCH_H

#include "config/endpoint.h"
#include "http/request.h"
#include "http/transport.h"
#include "realtime/pipelineplan.h"
#include "realtime/sizing.h"
#include "rows/chunk.h"

/* Until when to wait, where one does not; DT_NOEND is as long as it takes. */
#define DRS_NO_WAIT ((TimestampTz) 0)

typedef struct Dispatch Dispatch;

/*
 * Open in the current memory context, which also closes it and ends what is in
 * flight.  The arguments must live as long; the request's headers change when
 * the token does.  After the server found a body too large, it lowers
 * sizing->max_bytes.
 *
 * With plan->isolates, a chunk whose rows the server refuses comes back in
 * parts: the good rows with their answers, each bad one as a chunk of its own
 * with its failure.  Bodies are then kept until the chunk is closed.
 */
extern Dispatch *drs_dispatch_open(Endpoint *endpoint, Request *request, const PipelinePlan *plan,
								   Sizing *sizing);

/*
 * Chunks that wait for their turn while that many requests are in flight.
 * Answers tend to come in clusters, and each finds the next request ready.
 */
extern int	drs_dispatch_reserve(int concurrency);

/*
 * Can a chunk be submitted without more waiting for their
 * turn than that?  Not once a chunk could not be delivered.
 */
extern bool drs_dispatch_has_room(const Dispatch *dispatch);

/* Do fewer chunks stand in line, answered or not, than may be in flight? */
extern bool drs_dispatch_line_is_short(const Dispatch *dispatch);

/* From now on, or no more, the body of the chunk that is taken next is kept until it is closed. */
extern void drs_dispatch_keep_next_body(Dispatch *dispatch, bool keep);

/* So many chunks with holds_permit are done with. */
extern void drs_dispatch_release(Dispatch *dispatch, int permits);

/* Give back whatever permits are left: nothing more is asked for. */
extern void drs_dispatch_close(Dispatch *dispatch);

/*
 * Hand a chunk over.  It belongs to the dispatch until
 * drs_dispatch_next() returns it.  Does not wait.
 */
extern void drs_dispatch_submit(Dispatch *dispatch, Chunk *chunk);

/* A chunk that has come back. */
typedef struct DeliveredChunk
{
	Chunk	   *chunk;			/* for the taker to close, which ends the exchange, too */
	Exchange   *exchange;		/* a whole reply, and a good one; without
								 * meaning when the chunk has a failure */
	bool		holds_permit;	/* to be released when it was used */
} DeliveredChunk;

/*
 * The next chunk in order, when it is answered or has a failure.  False when
 * there is none, or when it is not there by the time of until, or when it waits
 * for a permit and the caller has some to release.  A chunk may come back as
 * several, when the server found it too large.  Raises when a chunk cannot be
 * delivered and no answered one comes before it.
 */
extern bool drs_dispatch_next(Dispatch *dispatch, TimestampTz until, DeliveredChunk *delivered);

/*
 * Work was done meanwhile: so many bytes encoded, or what takes as long.  When
 * it was enough since the network was last looked after, move whatever can be
 * moved without waiting.
 */
#define DRS_ATTEND_WORK (64 * 1024) /* a fraction of what socket buffers hold */
extern void drs_dispatch_attend(Dispatch *dispatch, size_t work);

/*
 * Deliver one chunk and wait for its answer, as drs_dispatch_next()
 * does; all of it is in the current memory context.
 */
extern Exchange *drs_dispatch_alone(Endpoint *endpoint, Request *request, Chunk *chunk);

extern bool drs_dispatch_is_empty(const Dispatch *dispatch);

#endif							/* DRS_DISPATCH_H */
