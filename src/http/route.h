/*
 * route.h
 *		Where on a prediction server a model is found.
 */
#ifndef DRS_ROUTE_H
#define DRS_ROUTE_H

#include "config/endpoint.h"

typedef struct Route
{
	char	   *path;			/* after the server's base URL; begins with a slash */
	char	   *model;			/* what names the model, for messages */
	bool		by_old_name;	/* it takes maxCodes instead of maxExplanations */
} Route;

/*
 * The route that scores rows, by the server's addressing (docs/api.md 1.1).
 * deployment is what names the model there; if it is NULL, the server's default is
 * used.  Raises when the server has no prediction_url, when nothing names a model,
 * and for names that cannot be part of a URL.  Palloc'd.
 */
extern Route drs_route_scoring(const Endpoint *endpoint, const char *deployment);

/*
 * The route to an unstructured model, likewise.  Raises also if the server's
 * addressing has none.
 */
extern Route drs_route_unstructured(const Endpoint *endpoint, const char *deployment);

/*
 * A valid name that no model has, for a request that needs one; NULL if the
 * addressing needs none.  Never raises.
 */
extern const char *drs_route_placeholder_model(const Options *options);

#endif							/* DRS_ROUTE_H */
