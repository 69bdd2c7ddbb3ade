/*
 * body.h
 *		Where the body of a request comes from, and where that of an answer goes.
 *
 * Either may be a stream, which is never in memory as a whole.  Its functions
 * are called by libcurl, within drs_transport_wait() or drs_exchange_resume()
 * and with all signals blocked: they must not raise, wait, call either of the
 * two, or use PostgreSQL's memory.  What they have no bytes or no room for
 * pauses the exchange in that direction, down to the socket, until
 * drs_exchange_resume() is called.
 */
#ifndef DRS_BODY_H
#define DRS_BODY_H

#include <stddef.h>
#include <stdint.h>

typedef enum BodyStep
{
	BODY_MOVED,					/* bytes were brought, or all of them were taken */
	BODY_PAUSED,				/* none were: ask again when the exchange is resumed */
	BODY_ENDED,					/* of a source: there are no more */
	BODY_STOPPED				/* end the exchange, with OUTCOME_STOPPED */
} BodyStep;

/* Write up to room bytes into buffer, at least one, and their number to *len. */
typedef BodyStep (*BodyPull) (void *arg, char *buffer, size_t room, size_t *len);

/* Take all of len bytes, or pause; then the same are handed over again. */
typedef BodyStep (*BodyPush) (void *arg, const char *bytes, size_t len);

/* Of a source whose length is not known before its end: HTTP/1.1 sends it in chunks. */
#define DRS_LENGTH_UNKNOWN INT64_C(-1)

/* Without bytes and pull, the request has no body. */
typedef struct BodySource
{
	const char *bytes;			/* all of it, not copied; NULL: there is none, or pull brings it */
	BodyPull	pull;
	void	   *arg;			/* of pull */
	int64_t		length;			/* bytes in all */
} BodySource;

/* Without push, the answer is collected in the exchange, up to the request's max_reply. */
typedef struct BodySink
{
	/*
	 * Takes good answers only; what an error says is in the exchange.  Secrets
	 * of ours are looked for before, and end the exchange with OUTCOME_SECRET;
	 * the begin of one may have been handed over by then.
	 */
	BodyPush	push;
	void	   *arg;
} BodySink;

#endif							/* DRS_BODY_H */
