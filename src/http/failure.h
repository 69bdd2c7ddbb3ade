/*
 * failure.h
 *		Turns an exchange that did not bring predictions into one clear error.
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
	const char *given_up;		/* why it was not tried again, as a clause; NULL: it is no use */
} FailureScope;

/*
 * Raise for an exchange whose outcome is not a reply, or whose reply is not
 * good.  SQLSTATEs are listed in docs/options.md.
 */
pg_noreturn extern void drs_failure_raise(const Exchange *exchange, const Endpoint *endpoint,
							  const Request *request, const FailureScope *scope);

/*
 * Does an answer say that the server dislikes the rows themselves?  Then it is
 * no use to send them again, but others may be scored.
 */
extern bool drs_failure_blames_rows(const Exchange *exchange, const Endpoint *endpoint);

/*
 * The same as the failure of a single row, palloc'd; for a
 * reply that is not good.  Its record is left out.
 */
extern RowFailure *drs_failure_of_row(const Exchange *exchange, const Endpoint *endpoint);

#endif							/* DRS_FAILURE_H */
