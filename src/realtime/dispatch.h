/*
 * dispatch.h
 *		Delivers chunks: at most N in flight, retried by rule, returned in order.
 */
#ifndef DRS_DISPATCH_H
#define DRS_DISPATCH_H

#include "config/endpoint.h"
#include "http/request.h"
#include "http/transport.h"
#include "realtime/permits.h"
#include "rows/chunk.h"

/* Until when to wait, where one does not; DT_NOEND is as long as it takes. */
#define DRS_NO_WAIT ((TimestampTz) 0)

typedef struct Dispatch Dispatch;

/* Open in the current memory context, which also closes it and ends what is in flight. */
extern Dispatch *drs_dispatch_open(Endpoint *endpoint, Request *request);

/*
 * Chunks that wait for their turn while that many requests are in flight.
 * Answers tend to come in clusters, and each finds the next request ready.
 */
extern int	drs_dispatch_reserve(int concurrency);

/* Can a chunk be submitted without more waiting for their turn than that? */
extern bool drs_dispatch_has_room(const Dispatch *dispatch);

/* Do fewer chunks stand in line, answered or not, than may be in flight? */
extern bool drs_dispatch_line_is_short(const Dispatch *dispatch);

/* How many requests may be in flight; at most the option concurrency, where it starts. */
extern void drs_dispatch_set_concurrency(Dispatch *dispatch, int concurrency);

/*
 * From now on, a chunk whose rows the server refuses comes back in parts: the
 * good rows with their replies, each bad one as a chunk of its own with its
 * failure.  Bodies are kept until the chunk is closed.
 */
extern void drs_dispatch_isolate(Dispatch *dispatch);

/* From now on, or no more, the body of the chunk that is taken next is kept until it is closed. */
extern void drs_dispatch_keep_next_body(Dispatch *dispatch, bool keep);

/*
 * From now on, no chunk is sent without a permit of permit_holder.  It is taken
 * when the chunk is first sent, kept however often that is repeated, and
 * shared by the parts it may be cut into; the last of them has holds_permit.
 */
extern void drs_dispatch_hold(Dispatch *dispatch, PermitHolder *permit_holder);

/* So many chunks with holds_permit are done with. */
extern void drs_dispatch_release(Dispatch *dispatch, int permits);

/* Give back whatever permits are left: nothing more is asked for. */
extern void drs_dispatch_close(Dispatch *dispatch);

/* Hand a chunk over.  It belongs to the dispatch until drs_dispatch_next() returns it.  Does not wait. */
extern void drs_dispatch_submit(Dispatch *dispatch, Chunk *chunk);

/* A chunk that has come back. */
typedef struct DeliveredChunk
{
	Chunk	   *chunk;			/* for the taker to close, which ends the exchange, too */
	Exchange   *exchange;		/* a whole reply of status 200; without meaning when the chunk has a failure */
	bool		holds_permit;	/* to be released when it was used */
} DeliveredChunk;

/*
 * The next chunk in order, when it is answered or has a failure.  False when
 * there is none, or when it is not there by the time of until, or when it waits
 * for a permit and the caller has some to release.  A chunk may come back as
 * several, when the server found it too large.  Raises when a chunk cannot be
 * delivered.
 */
extern bool drs_dispatch_next(Dispatch *dispatch, TimestampTz until, DeliveredChunk *delivered);

/* Move whatever can be moved without waiting. */
extern void drs_dispatch_poll(Dispatch *dispatch);

extern bool drs_dispatch_is_empty(const Dispatch *dispatch);

/* Bytes of body to stay within, after the server found a larger one too large; 0: it never did. */
extern size_t drs_dispatch_largest_body(const Dispatch *dispatch);

#endif							/* DRS_DISPATCH_H */
