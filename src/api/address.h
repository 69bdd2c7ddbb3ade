/*
 * address.h
 *		Where a deployment is scored: by the server's options, or by what the
 *		public API tells of it.
 */
#ifndef DRS_ADDRESS_H
#define DRS_ADDRESS_H

#include "config/endpoint.h"
#include "http/request.h"

/* Can the public API be asked about the deployments of this endpoint? */
extern bool drs_address_has_api(const Endpoint *endpoint);

/*
 * The request that scores rows of a deployment, which is an id, or where the
 * server has api_url a label, or NULL for the server's default.  Where the
 * server has no prediction_url, the deployment's own becomes that of the
 * endpoint, and so does its key unless the user mapping has one.  Asks the
 * public API, if need be, and raises for whatever hinders.
 */
extern Request *drs_address_request(Endpoint *endpoint, const char *deployment);

/* The same for the request that sends a body to an unstructured model. */
extern Request *drs_address_unstructured(Endpoint *endpoint, const char *deployment,
										 const char *content_type);

#endif							/* DRS_ADDRESS_H */
