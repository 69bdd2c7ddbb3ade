/*
 * What the public API tells of a deployment: reference section 4.2. The callers own what they get.
 */
#ifndef STANDIN_CATALOGUE_H
#define STANDIN_CATALOGUE_H

#include <jansson.h>
#include <stdbool.h>

struct deployment;

/* origin: scheme and host of this service, as the client knows it */
json_t	   *catalogue_deployment(const struct deployment *d, const char *origin);
json_t	   *catalogue_settings(const struct deployment *d);

/* columns that predictions need, the important ones first; all: the others that it knows, too */
json_t	   *catalogue_features(const struct deployment *d, bool all);
bool		catalogue_has_features(const struct deployment *d);

json_t	   *catalogue_prediction_server(const char *origin);

/* what a portable server tells of its model; its field names are not documented */
json_t	   *catalogue_model(const struct deployment *d);

#endif
