/*
 * featurecheck.h
 *		Compares the columns of a query with the features that a deployment looks for.
 *		PostgreSQL licence.
 */
#ifndef DRS_FEATURECHECK_H
#define DRS_FEATURECHECK_H

#include "columns.h"
#include "endpoint.h"
#include "typerisk.h"

typedef struct FeatureVerdict
{
	const char *feature;
	FeatureStatus status;
	Oid			query_type;		/* InvalidOid: missing */
	int32		query_typmod;
	const char *feature_type;	/* NULL: extra, or not told */
	char	   *detail;			/* a sentence, or NULL */
} FeatureVerdict;

/* A verdict on each of the features (of ModelFeature *), in their order, then on each column that is none; palloc'd. */
extern List *drs_features_compare(List *features, const Columns *columns);

/*
 * Before rows are sent: raise one error that names all missing features
 * (42703).  Does nothing when the option "check" is off, when there is no
 * public API, and for a kind of model without features; when the public API
 * does not tell, warns that nothing was checked.
 */
extern void drs_features_check(Endpoint *endpoint, const char *deployment, const Columns *columns);

#endif							/* DRS_FEATURECHECK_H */
