/*
 * modelfeatures.h
 *		The features that a deployment's model looks for (docs/api.md 4.2).
 */
#ifndef DRS_MODELFEATURES_H
#define DRS_MODELFEATURES_H

#include "nodes/pg_list.h"

#include "api/client.h"

typedef struct ModelFeature
{
	char	   *name;
	char	   *type;			/* as DataRobot calls it: Numeric, Categorical,
								 * Text, Date, ...; NULL: not told */
	char	   *importance;		/* a number as text; NULL: not told */
	char	   *date_format;	/* as strptime knows it; NULL: none, or no date */
	bool		known_in_advance;	/* time series: values of the future are sent */
} ModelFeature;

/*
 * The features in the server's order, of ModelFeature *, in the current
 * memory context.  NIL, and the answer in *refused, when the public API tells
 * none: with 422 the kind of model has no features.
 */
extern List *drs_model_features(PublicApi *api, const char *id, ApiAnswer *refused);

/* The same for callers who cannot do without: NIL only for a kind of model that has none. */
extern List *drs_model_features_needed(PublicApi *api, const char *id);

#endif							/* DRS_MODELFEATURES_H */
