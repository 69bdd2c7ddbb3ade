/*
 * typerisk.h
 *		Do values of an SQL type, as they are sent, suit a feature of a model?
 */
#ifndef DRS_TYPERISK_H
#define DRS_TYPERISK_H

#include "api/modelfeatures.h"

typedef enum FeatureStatus
{
	FEATURE_MATCHED,
	FEATURE_MISSING,			/* the model looks for it, the query does not have it */
	FEATURE_EXTRA,				/* the query has it, the model does not look at it */
	FEATURE_TYPE_AT_RISK,		/* values could be taken for something else */
	FEATURE_DATE_FORMAT,		/* dates are sent otherwise than the
								 * model knows them, or could be */
	FEATURE_NOT_SENT			/* an association ID that need not be
								 * there: the query does not have it */
} FeatureStatus;

/*
 * One of matched, type at risk and date format, with the reason in *detail
 * (palloc'd, or NULL).  column is the name of the query's column of that type.
 */
extern FeatureStatus drs_type_risk(const ModelFeature *feature, const char *column, Oid type,
								   char **detail);

#endif							/* DRS_TYPERISK_H */
