/*
 * method.h
 *		Decides by which API the rows of a query are scored.
 */
#ifndef DRS_METHOD_H
#define DRS_METHOD_H

#include "config/endpoint.h"
#include "http/request.h"

/*
 * Decide for METHOD_AUTO, by the number of rows: the option becomes one of the
 * others.
 */
extern void drs_method_decide_rows(Endpoint *endpoint, double rows);

/*
 * The same, by the rows that the planner expects of query.  To be called inside
 * a snapshot for METHOD_AUTO.  Raises what planning the query raises then.
 */
extern void drs_method_decide(Endpoint *endpoint, const char *query);

/* Are the rows scored by jobs?  Only after it was decided. */
extern bool drs_method_is_batch(const Options *options);

/*
 * The request for rows of a deployment: drs_address_request() or
 * drs_address_batch().
 */
extern Request *drs_method_request(Endpoint *endpoint, const char *deployment);

#endif							/* DRS_METHOD_H */
