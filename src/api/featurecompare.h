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
	const char *feature_type;	/* NULL: extra, or not told */
	char	   *detail;			/* a sentence, or NULL */
	const char *lookalike;		/* missing: the column that may be meant; NULL: none */
} FeatureVerdict;

/*
 * A verdict on each of the features (of ModelFeature *), in
 * their order, then on each column that is none; palloc'd.
 */
extern List *drs_features_compare(List *features, const Columns *columns);

/* The verdict on an association ID that is not sent. */
extern FeatureVerdict *drs_features_judge_association(const char *name, bool required,
													  const Columns *columns);

/* The pairs (of Renaming *) of columns and the features that they may be meant for. */
extern List *drs_features_renamings(List *verdicts);

/* The names (of char *) of features. */
extern List *drs_features_names(List *features);

/*
 * Sort the columns of a row (sourcecolumns.h), as the
 * features and the association ID of the deployment have it.
 */
extern Columns *drs_features_columns(const Options *options, const char *deployment,
									 TupleDesc desc, List *features, List *association);

/*
 * The same by what the public API tells, and before rows are sent, with check:
 * raise one error that names all missing features (42703).  Asks nothing when
 * the option "check" is off and all columns are sent, or when there is no
 * public API; when that does not tell, warns that nothing was checked.
 */
extern Columns *drs_features_choose(Endpoint *endpoint, const char *deployment, TupleDesc desc,
									bool check);

#endif							/* DRS_FEATURECOMPARE_H */
