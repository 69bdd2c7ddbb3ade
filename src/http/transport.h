/*
 * transport.h
 *		Moves requests and their replies over the wire: Exchanges.
 *
 * Knows HTTP and nothing of rows, retries or order.  Several exchanges may run
 * at a time: while one is waited for, all that share its connection move.
 */
#ifndef DRS_TRANSPORT_H
#define DRS_TRANSPORT_H

#include "http/connection.h"
#include "http/exchange.h"
#include "http/request.h"
#include "http/serveraccess.h"

/* How long one wait may last, in ms; then it is begun again. */
#define DRS_MAX_WAIT_MS 60000L

typedef struct Transport Transport;

/*
 * Open a transport to a server in the current memory context, which also
 * closes it.  What access points to must live as long.  Raises when libcurl
 * or memory fails.
 */
extern Transport *drs_transport_open(ServerAccess access);

/*
 * Start an exchange, in a new child of parent, which may be deleted to end it.
 * The request is copied; what it points to must live as long as the exchange.
 * Raises only when libcurl has no memory.  Does not wait.
 */
extern Exchange *drs_exchange_start(Transport *transport, MemoryContext parent,
									const Request *request);

/*
 * Its source has bytes again, or its sink has room: go on
 * with it.  Nothing happens where neither had paused.
 */
extern void drs_exchange_resume(Exchange *exchange);

/* Forget an exchange, ending it when it is running. */
extern void drs_exchange_end(Exchange *exchange);

/*
 * A good reply turned out to be none: it was cut off, as why says, a sentence
 * without a full stop.  Its connection is not used again.
 */
extern void drs_exchange_refuse(Exchange *exchange, const char *why);

/* Its reply may be none: the connection that it came on is not used again. */
extern void drs_exchange_distrust(Exchange *exchange);

/*
 * Wait until something has happened that may have finished an exchange, or
 * moved bytes of a stream, or for timeout ms (0: only look; what is ready to
 * move is moved).  Returns early for the latch.  Processes interrupts, so it
 * can raise.
 */
extern void drs_transport_wait(Transport *transport, long timeout);

/*
 * Wait until the exchange has ended.  Raises on interrupts.  Its streams, if any, must not pause.
 */
extern void drs_exchange_await(Exchange *exchange);

/*
 * A note of the transport's user, of what the server is wont to do: kept as
 * long as the session's connection to it; 0 at first.
 */
extern int *drs_transport_note(Transport *transport);

/*
 * "connected in 1.2 ms, sent 100 bytes in 0.1 ms, no answer after 30.0 s", palloc'd, for DETAIL.
 */
extern char *drs_exchange_timings(const Exchange *exchange);

#endif							/* DRS_TRANSPORT_H */
