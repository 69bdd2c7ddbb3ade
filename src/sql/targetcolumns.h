/*
 * targetcolumns.h
 *		The columns that predictions of a deployment deserve, by its kind of target.
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
 * By the deployment's record: of ResultColumn *, palloc'd.
 * Raises for a deployment that predicts no rows.
 */
extern List *drs_result_columns(JsonbContainer *record, const char *id);

#endif							/* DRS_TARGETCOLUMNS_H */
