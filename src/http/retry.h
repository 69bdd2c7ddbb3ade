/*
 * retry.h
 *		Whether and when to send the same again: for requests that score and for
 *		those to the public API.
 */
#ifndef DRS_RETRY_H
#define DRS_RETRY_H

#include "datatype/timestamp.h"

#include "config/endpoint.h"
#include "http/exchange.h"

/* What has become of a request so far; zeros at first. */
typedef struct Sendings
{
	int			attempts;		/* sendings; counted by who sends */
	int			doubtful;		/* of them, ended in a way that may well be the same next time */
	TimestampTz first_failure;	/* 0: none yet */
} Sendings;

/* Is it of any use to send again what has ended so? */
extern bool drs_retry_helps(const Exchange *exchange);

/*
 * May the body's size be why the connection was lost?  Some servers answer one
 * that is too large with a 413 and close, and the closing overtakes the answer.
 */
extern bool drs_retry_may_be_size(const Exchange *exchange);

/* Has that been so often that smaller bodies are worth a try? */
extern bool drs_retry_wants_smaller(const Sendings *sendings, const Exchange *exchange);

/* Does the server want other requests to wait, too? */
extern bool drs_retry_is_for_all(const Exchange *exchange);

/*
 * After how many ms to send again what has ended so, and may help again: by
 * the server's Retry-After, or with growing pauses.  Below 0: not at all, for
 * the reason in *given_up.
 */
extern double drs_retry_pause(Sendings *sendings, const Exchange *exchange, const Options *options,
							  const char **given_up);

#endif							/* DRS_RETRY_H */
