/*
 * What the public API reports about a deployment (docs/api.md 4.2). The callers own what they get.
 */
#ifndef STANDIN_CATALOGUE_H
#define STANDIN_CATALOGUE_H

#include <jansson.h>
#include <stdbool.h>

struct deployment;

/* origin: scheme and host of this service, as the client knows it */
json_t	   *catalogue_deployment(const struct deployment *d, const char *origin);
json_t	   *catalogue_settings(const struct deployment *d);

/* the columns that predictions need, the most important first; all: also the others it knows */
json_t	   *catalogue_features(const struct deployment *d, bool all);
bool		catalogue_has_features(const struct deployment *d);

json_t	   *catalogue_prediction_server(const char *origin);

/* what a portable server reports about its model; the field names are not documented */
json_t	   *catalogue_model(const struct deployment *d);

#endif
