/*
 * body.h
 *		Where the body of a request comes from, and where that of an answer goes.
 *
 * Either may be a stream, which is never in memory as a whole.  Its functions are
 * called by libcurl, within drs_transport_wait() or drs_exchange_resume() and with
 * signals blocked: they must not raise, wait, call either of the two, or use
 * PostgreSQL's memory.  One that has no bytes or no room pauses the exchange in that
 * direction, down to the socket, until drs_exchange_resume() is called.
 */
#ifndef DRS_BODY_H
#define DRS_BODY_H

#include <stddef.h>
#include <stdint.h>

typedef enum BodyStep
{
	BODY_MOVED,					/* bytes were written, or all of them were taken */
	BODY_PAUSED,				/* none were: call again when the exchange is resumed */
	BODY_ENDED,					/* of a source: there are no more bytes */
	BODY_STOPPED				/* end the exchange, with OUTCOME_STOPPED */
} BodyStep;

/* Write up to room bytes into buffer, at least one, and their number to *len. */
typedef BodyStep (*BodyPull) (void *arg, char *buffer, size_t room, size_t *len);

/* Take all len bytes, or none and pause: then the same are offered again. */
typedef BodyStep (*BodyPush) (void *arg, const char *bytes, size_t len);

/*
 * Length of a source that is not known before its end.  HTTP/1.1 sends it in chunked
 * coding.
 */
#define DRS_LENGTH_UNKNOWN INT64_C(-1)

/* A request with neither bytes nor pull has no body. */
typedef struct BodySource
{
	const char *bytes;			/* the whole body, not copied; NULL: pull brings it, or
								 * there is none */
	BodyPull	pull;
	void	   *arg;			/* of pull */
	int64_t		length;			/* bytes in all */
} BodySource;

/* Without push, the body is collected in the exchange, up to the request's max_reply. */
typedef struct BodySink
{
	/*
	 * Takes the body of a good answer; that of an error is in the exchange.  Bytes
	 * are searched for our secrets before they are handed over.  One ends the
	 * exchange with OUTCOME_SECRET, but its first bytes may have been handed over by
	 * then.
	 */
	BodyPush	push;
	void	   *arg;
} BodySink;

#endif							/* DRS_BODY_H */
