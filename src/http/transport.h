/*
 * transport.h
 *		Sends requests and receives their answers: exchanges.
 *
 * Knows HTTP, and nothing of rows, retries or order.  Several exchanges may run at a
 * time: while one is waited for, all that share its connection move.
 */
#ifndef DRS_TRANSPORT_H
#define DRS_TRANSPORT_H

#include "http/connection.h"
#include "http/exchange.h"
#include "http/request.h"
#include "http/serveraccess.h"

/* The longest single wait, in ms; callers then wait again. */
#define DRS_MAX_WAIT_MS 60000L

typedef struct Transport Transport;

/*
 * Open a transport to a server in the current memory context, which also closes it.
 * What access points to must live as long.  Sends nothing.  Raises when libcurl fails
 * or memory is out.
 */
extern Transport *drs_transport_open(ServerAccess access);

/*
 * Start an exchange, in a new child of parent, which may be deleted to end it; parent
 * is the transport's memory context or one below it, so that no exchange outlives its
 * transport.  The request is copied; what it points to must live as long as the exchange.
 * Raises only when libcurl has no memory.  Does not wait.
 */
extern Exchange *drs_exchange_start(Transport *transport, MemoryContext parent,
									const Request *request);

/*
 * Continue an exchange whose source has bytes again, or whose sink has room; its
 * streams may be called.  Does nothing if neither had paused.
 */
extern void drs_exchange_resume(Exchange *exchange);

/* End an exchange if it is running, and free it.  Its answer is gone with it. */
extern void drs_exchange_end(Exchange *exchange);

/*
 * A good answer turned out to be cut off, as why says, a clause without a full stop.
 * Its outcome becomes OUTCOME_CUT, and it is distrusted.
 */
extern void drs_exchange_refuse(Exchange *exchange, const char *why);

/*
 * The answer may be wrong: once the exchange is freed, the connection that it came on is
 * not used again.
 */
extern void drs_exchange_distrust(Exchange *exchange);

/*
 * Wait until something has happened that may have finished an exchange, or moved
 * bytes of a stream, or for timeout ms (0: only move what is ready).  Returns early
 * for the latch.  Processes interrupts, so it can raise.
 */
extern void drs_transport_wait(Transport *transport, long timeout);

/*
 * A descriptor for somebody else to wait on: it is readable when drs_transport_wait()
 * has something to do, and from the time latest on (drs_clock(); 0: at once), like
 * drs_connection_poll_fd().  Until that time the caller answers for the wait: it counts
 * against the server.  Transports with one connection have the same descriptor.
 */
extern int	drs_transport_poll_fd(Transport *transport, TimestampTz latest);

/*
 * Wait until the exchange has ended.  Raises on interrupts.  Its streams, if any, must not pause.
 */
extern void drs_exchange_await(Exchange *exchange);

/*
 * A number in which the transport's user can note a habit of the server: kept as long
 * as the session's connection to it; 0 at first.
 */
extern int *drs_transport_note(Transport *transport);

/* "connected in 1 ms, sent 100 bytes, no answer after 30000 ms", palloc'd, for DETAIL. */
extern char *drs_exchange_timings(const Exchange *exchange);

#endif							/* DRS_TRANSPORT_H */
