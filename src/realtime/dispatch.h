/*
 * dispatch.h
 *		Delivers chunks: a limited number in flight, retried by rule, returned in order.
 */
#ifndef DRS_DISPATCH_H
#define DRS_DISPATCH_H

#include "config/endpoint.h"
#include "http/request.h"
#include "http/transport.h"
#include "realtime/pipelineplan.h"
#include "realtime/sizing.h"
#include "rows/chunk.h"

/* For a time to wait until: do not wait.  DT_NOEND waits as long as it takes. */
#define DRS_NO_WAIT ((TimestampTz) 0)

typedef struct Dispatch Dispatch;

/*
 * Open a dispatch in the current memory context, whose reset also closes it
 * and ends what is in flight.  The arguments must live as long; the request's
 * headers change when the token does.  Lowers sizing->max_bytes after the
 * server has found a body too large.
 *
 * With plan->isolates, a chunk whose rows the server refuses comes back in
 * parts: the good rows with their answers, each bad one as a chunk of its own
 * with its failure.  Bodies are then kept until the chunk is closed.
 */
extern Dispatch *drs_dispatch_open(Endpoint *endpoint, Request *request, const PipelinePlan *plan,
								   Sizing *sizing);

/*
 * The number of chunks to keep waiting while that many requests are in
 * flight.  Answers tend to come in clusters; this way each finds the next
 * request ready.
 */
extern int	drs_dispatch_reserve(int concurrency);

/*
 * Can a chunk be submitted without exceeding that number?  Always false after
 * a chunk could not be delivered.
 */
extern bool drs_dispatch_has_room(const Dispatch *dispatch);

/* Are fewer chunks in the queue, answered or not, than may be in flight? */
extern bool drs_dispatch_line_is_short(const Dispatch *dispatch);

/* Set whether, from now on, the chunk that is taken next keeps its body until it is closed. */
extern void drs_dispatch_keep_next_body(Dispatch *dispatch, bool keep);

/* Give back the permits of that many chunks with holds_permit, which are no longer in use. */
extern void drs_dispatch_release(Dispatch *dispatch, int permits);

/* Give back all permits that are left: nothing more is taken. */
extern void drs_dispatch_close(Dispatch *dispatch);

/*
 * Submit a chunk.  It belongs to the dispatch until drs_dispatch_next()
 * returns it.  Does not wait.
 */
extern void drs_dispatch_submit(Dispatch *dispatch, Chunk *chunk);

/* A chunk that has been answered, or has a failure. */
typedef struct DeliveredChunk
{
	Chunk	   *chunk;			/* to be closed by the caller, which ends the exchange, too */
	/* with a complete and good answer; undefined when the chunk has a failure */
	Exchange   *exchange;
	bool		holds_permit;	/* to be released when the chunk is no longer in use */
} DeliveredChunk;

/*
 * Get the next chunk in order, once it is answered or has a failure.  False
 * when there is none, when until has passed, or when it waits for a permit
 * while the caller has some to release.  A submitted chunk may come back as
 * several, when the server found it too large.  Raises when a chunk cannot be
 * delivered and no answered one comes before it.
 */
extern bool drs_dispatch_next(Dispatch *dispatch, TimestampTz until, DeliveredChunk *delivered);

/*
 * Send what is due and do all I/O that is possible without waiting; then like
 * drs_dispatch_next() with DRS_NO_WAIT.
 */
extern bool drs_dispatch_poll(Dispatch *dispatch, DeliveredChunk *delivered);

/*
 * A descriptor that is readable when drs_dispatch_poll() has something to do, and from
 * the time latest on (drs_transport_poll_fd()).
 */
extern int	drs_dispatch_poll_fd(Dispatch *dispatch, TimestampTz latest);

/*
 * Report work done meanwhile: bytes encoded, or other work that takes as
 * long.  When enough has been done since the network was last attended to, do
 * all I/O that is possible without waiting.
 */
#define DRS_ATTEND_WORK (64 * 1024) /* a fraction of a socket buffer's size */
extern void drs_dispatch_attend(Dispatch *dispatch, size_t work);

/*
 * Deliver one chunk and wait for its answer, raising like
 * drs_dispatch_next().  Of a chunk that the server finds too large, it is the
 * answer to the first part.  All of it is allocated in the current memory
 * context.
 */
extern Exchange *drs_dispatch_alone(Endpoint *endpoint, Request *request, Chunk *chunk);

/* Has every submitted chunk been returned? */
extern bool drs_dispatch_is_empty(const Dispatch *dispatch);

#endif							/* DRS_DISPATCH_H */
