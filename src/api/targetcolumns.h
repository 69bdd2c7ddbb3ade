/*
 * targetcolumns.h
 *		The columns that suit the predictions of a deployment, by its kind of target.
 */
#ifndef DRS_TARGETCOLUMNS_H
#define DRS_TARGETCOLUMNS_H

#include "nodes/pg_list.h"
#include "utils/jsonb.h"

typedef struct ResultColumn
{
	const char *name;			/* of a field of predictions */
	const char *type;			/* in SQL, whatever the search_path */
} ResultColumn;

/*
 * Choose by the deployment's record; id is for messages.  A list of
 * ResultColumn *, palloc'd.  Raises for an unstructured model, which does not
 * score rows.
 */
extern List *drs_result_columns(JsonbContainer *record, const char *id);

#endif							/* DRS_TARGETCOLUMNS_H */
