/*
 * typerisk.h
 *		Do values of an SQL type, in the form in which they are sent, suit a
 *		feature of a model?
 */
#ifndef DRS_TYPERISK_H
#define DRS_TYPERISK_H

#include "api/modelfeatures.h"

typedef enum FeatureStatus
{
	FEATURE_MATCHED,
	FEATURE_MISSING,			/* the model looks for it, but the query does not have it */
	FEATURE_EXTRA,				/* the query has it, but the model does not use it */
	FEATURE_TYPE_AT_RISK,		/* the model could misread values */
	FEATURE_DATE_FORMAT,		/* dates are sent in another format than the model expects, or
								 * could be */
	FEATURE_NOT_SENT			/* an optional association ID that the query does not have */
} FeatureStatus;

/*
 * One of matched, type at risk and date format, with the reason in *detail
 * (palloc'd, or NULL).  column is the name of the query's column of that type.
 */
extern FeatureStatus drs_type_risk(const ModelFeature *feature, const char *column, Oid type,
								   char **detail);

#endif							/* DRS_TYPERISK_H */
