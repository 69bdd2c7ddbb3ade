/*
 * transport.h
 *		Moves one request and its reply over the wire: an Exchange.
 *
 * Knows HTTP and nothing of rows, retries or order; dispatch.c does.
 *
 */
#ifndef DRS_TRANSPORT_H
#define DRS_TRANSPORT_H

#include "config/endpoint.h"
#include "http/connection.h"
#include "http/exchange.h"
#include "http/request.h"

typedef struct Transport Transport;

/* Open a transport for this endpoint in the current memory context, which also closes it. */
extern Transport *drs_transport_open(const Endpoint *endpoint);

/*
 * Start an exchange.  The body is not copied: it must live as long as the
 * exchange.  A GET has none.  The exchange lives in a new child of parent.
 * Raises only when libcurl has no memory.  Does not wait.
 */
extern Exchange *drs_exchange_start(Transport *transport, MemoryContext parent, const Request *request,
									const char *body, size_t len);

/* Forget an exchange, ending it when it is running. */
extern void drs_exchange_end(Exchange *exchange);

/*
 * Wait until something has happened that may have finished an exchange, or
 * for timeout ms (0: only look; what is ready to move is moved).  Returns
 * early for the latch.  Processes interrupts, so it can raise.
 */
extern void drs_transport_wait(Transport *transport, long timeout);

/* How the server ends the last line of its replies: a habit, remembered as long as the connection. */
extern LastLine drs_transport_last_line(const Transport *transport);
extern void drs_transport_note_last_line(Transport *transport, LastLine last_line);

/* "connected in 1.2 ms, sent 100 bytes in 0.1 ms, no answer after 30.0 s", palloc'd, for DETAIL. */
extern char *drs_exchange_timings(const Exchange *exchange);

#endif							/* DRS_TRANSPORT_H */
