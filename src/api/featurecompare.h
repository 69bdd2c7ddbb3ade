/*
 * featurecompare.h
 *		Compares the columns of a query with the features that a deployment looks for.
 */
#ifndef DRS_FEATURECOMPARE_H
#define DRS_FEATURECOMPARE_H

#include "api/typerisk.h"
#include "config/endpoint.h"
#include "rows/sourcecolumns.h"

typedef struct FeatureVerdict
{
	const char *feature;
	FeatureStatus status;
	Oid			query_type;		/* InvalidOid: missing */
	int32		query_typmod;
	const char *feature_type;	/* NULL: extra, or not known */
	char	   *detail;			/* a sentence, or NULL */
	const char *lookalike;		/* for a missing feature: the column that may be meant; NULL:
								 * none */
} FeatureVerdict;

/*
 * Verdicts (of FeatureVerdict *) on each of the features (of ModelFeature *),
 * in their order, then on each column that is not a feature; palloc'd.
 */
extern List *drs_features_compare(List *features, const Columns *columns);

/* The verdict on a column of the association ID that is not sent, palloc'd. */
extern FeatureVerdict *drs_features_judge_association(const char *name, bool required,
													  const Columns *columns);

/* The pairs (of Renaming *) of columns and the features for which they may be meant; palloc'd. */
extern List *drs_features_renamings(List *verdicts);

/* The names (of char *) of features (of ModelFeature *); the list is palloc'd. */
extern List *drs_features_names(List *features);

/*
 * Choose the columns to send (sourcecolumns.h), given the features and the
 * association ID of the deployment.
 */
extern Columns *drs_features_columns(const Options *options, const char *deployment,
									 TupleDesc desc, List *features, List *association);

/*
 * The same, with what the public API says of the deployment.  With check,
 * which is for calls that send rows, raises one error that names all missing
 * features (42703).  Does not ask when the option "check" is off and all
 * columns are sent, or when there is no public API; when that does not answer,
 * warns that nothing was checked.
 */
extern Columns *drs_features_choose(Endpoint *endpoint, const char *deployment, TupleDesc desc,
									bool check);

#endif							/* DRS_FEATURECOMPARE_H */
