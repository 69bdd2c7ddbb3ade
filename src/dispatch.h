/*
 * dispatch.h
 *		Delivers chunks: at most N in flight, retried by rule, returned in order.
 *		PostgreSQL licence.
 */
#ifndef DRS_DISPATCH_H
#define DRS_DISPATCH_H

#include "chunk.h"
#include "endpoint.h"
#include "request.h"
#include "transport.h"

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

/* Would a chunk submitted now start at once, as far as the concurrency goes? */
extern bool drs_dispatch_may_start(const Dispatch *dispatch);

/* How many requests may be in flight; at most the option concurrency, where it starts. */
extern void drs_dispatch_set_concurrency(Dispatch *dispatch, int concurrency);

/* Hand a chunk over.  It belongs to the dispatch until drs_dispatch_next() returns it.  Does not wait. */
extern void drs_dispatch_submit(Dispatch *dispatch, Chunk *chunk);

/*
 * The next chunk in order, when its reply is complete and its status 200; its
 * exchange holds the reply.  NULL when there is none, or with wait false when
 * it is not there yet.  The caller closes the chunk.  A chunk may come back
 * as several, when the server found it too large.  Raises when a chunk cannot
 * be delivered.
 */
extern Chunk *drs_dispatch_next(Dispatch *dispatch, bool wait);

/* Move whatever can be moved without waiting. */
extern void drs_dispatch_poll(Dispatch *dispatch);

extern bool drs_dispatch_is_empty(const Dispatch *dispatch);

/* Bytes of body to stay within, after the server found a larger one too large; 0: it never did. */
extern size_t drs_dispatch_largest_body(const Dispatch *dispatch);

#endif							/* DRS_DISPATCH_H */
