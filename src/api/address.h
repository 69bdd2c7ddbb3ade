/*
 * address.h
 *		Where a deployment is scored, according to the server's options or to
 *		the public API.
 */
#ifndef DRS_ADDRESS_H
#define DRS_ADDRESS_H

#include "config/endpoint.h"
#include "http/request.h"

/* Can the public API be asked about the deployments of this endpoint? */
extern bool drs_address_has_api(const Endpoint *endpoint);

/*
 * The request that scores rows of a deployment, which is an id, or a label if
 * the server has api_url, or NULL for the server's default; palloc'd.  If the
 * server has no prediction_url, the deployment's is set in the endpoint, and
 * so is its key, unless the user mapping has one.  Asks the public API if
 * necessary, and raises when the deployment cannot be found or used.
 */
extern Request *drs_address_request(Endpoint *endpoint, const char *deployment);

/*
 * What is known of a deployment that is scored by batch jobs, as a request of
 * which only the parts for answers are set.  Sends nothing but a question for
 * the id, if it is a label.  Raises when the server has no public API, or the
 * deployment cannot be found.
 */
extern Request *drs_address_batch(Endpoint *endpoint, const char *deployment);

/* The same for the request that sends a body to an unstructured model. */
extern Request *drs_address_unstructured(Endpoint *endpoint, const char *deployment,
										 const char *content_type);

#endif							/* DRS_ADDRESS_H */
