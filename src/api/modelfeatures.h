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
	char	   *type;			/* as DataRobot calls it: Numeric, Categorical, Text, Date, ...;
								 * NULL: not known */
	char	   *importance;		/* a number as text; NULL: not known */
	char	   *date_format;	/* in the notation of strptime; NULL: none, or not a date */
	bool		known_in_advance;	/* time series: future values are sent */
} ModelFeature;

/*
 * The features in the server's order, of ModelFeature *, palloc'd.  NIL, and
 * the answer in *refused, when the public API returns none; status 422 means
 * that models of this kind have no features.
 */
extern List *drs_model_features(PublicApi *api, const char *id, ApiAnswer *refused);

/*
 * The same for callers who cannot do without: NIL only for a kind of model
 * that has none, and raises for other refusals.
 */
extern List *drs_model_features_needed(PublicApi *api, const char *id);

#endif							/* DRS_MODELFEATURES_H */
