/*
 * targetcolumns.h
 *		The columns that predictions of a deployment deserve, by its kind of target.
 */
#ifndef DRS_TARGETCOLUMNS_H
#define DRS_TARGETCOLUMNS_H

#include "utils/jsonb.h"

#include "nodes/pg_list.h"

typedef struct ResultColumn
{
	const char *name;			/* a canonical one, as in datarobot.prediction */
	const char *type;			/* as SQL spells it */
} ResultColumn;

/* By the deployment's record: of ResultColumn *.  Raises for a deployment that predicts no rows. */
extern List *drs_result_columns(JsonbContainer *record, const char *id);

#endif							/* DRS_TARGETCOLUMNS_H */
