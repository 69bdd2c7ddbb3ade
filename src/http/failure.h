/*
 * failure.h
 *		Raises one clear error for an exchange that did not end in a good answer.
 */
#ifndef DRS_FAILURE_H
#define DRS_FAILURE_H

#include "base/compat.h"
#include "base/rowfailure.h"
#include "config/endpoint.h"
#include "http/exchange.h"
#include "http/request.h"

/* Rows and attempts that an error is about. */
typedef struct FailureScope
{
	uint64		first_row;		/* 0: the request was not about rows */
	uint64		last_row;
	int			attempts;
	const char *given_up;		/* why it was not sent again, as a clause; NULL: that
								 * would not help */
} FailureScope;

/*
 * Raise for an exchange that ended without an answer, or with one that is not good.
 * SQLSTATEs are listed in docs/options.md.
 */
pg_noreturn extern void drs_failure_raise(const Exchange *exchange, const Endpoint *endpoint,
							  const Request *request, const FailureScope *scope);

/*
 * Does an answer that is not good reject the rows themselves?  Then sending them again
 * does not help, but others may be scored.
 */
extern bool drs_failure_blames_rows(const Exchange *exchange, const Endpoint *endpoint);

/*
 * The failure of a single row, for an answer that is not good; palloc'd.  Its record
 * is not set.
 */
extern RowFailure *drs_failure_of_row(const Exchange *exchange, const Endpoint *endpoint);

#endif							/* DRS_FAILURE_H */
