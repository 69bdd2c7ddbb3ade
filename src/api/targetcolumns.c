/*
 * targetcolumns.c
 *		Kinds of targets (docs/api.md 4.2) and what there is to know of a row.
 */
#include "postgres.h"

#include "api/jsonpath.h"
#include "api/targetcolumns.h"

#define MAX_COLUMNS 5

typedef struct Kind
{
	const char *target_type;
	ResultColumn columns[MAX_COLUMNS];	/* up to the first without a name */
} Kind;

static const Kind kinds[] = {
	{"Regression", {{"prediction", "double precision"}}},
	{"Anomaly", {{"prediction", "double precision"}}},
	{"Binary", {{"prediction", "pg_catalog.text"}, {"probability", "double precision"}, {"threshold", "double precision"},
				{"positive_class", "pg_catalog.text"}}},
	{"Multiclass", {{"prediction", "pg_catalog.text"}, {"probability", "double precision"}, {"probabilities", "pg_catalog.jsonb"}}},
	{"Multilabel", {{"prediction", "pg_catalog.text"}, {"labels", "pg_catalog.text[]"}, {"probabilities", "pg_catalog.jsonb"}}},
	{"Unstructured", {{NULL, NULL}}},
};

/* Text generation, and what else there may be one day. */
static const Kind other = {NULL, {{"prediction", "pg_catalog.text"}}};

static const Kind *
find_kind(const char *target_type)
{
	for (size_t i = 0; target_type && i < lengthof(kinds); i++)
		if (pg_strcasecmp(kinds[i].target_type, target_type) == 0)
			return &kinds[i];
	return &other;
}

List *
drs_result_columns(JsonbContainer *record, const char *id)
{
	const Kind *kind = find_kind(drs_jsonpath_text(record, "model.targetType"));
	List	   *columns = NIL;

	for (int i = 0; i < MAX_COLUMNS && kind->columns[i].name; i++)
		columns = lappend(columns, unconstify(ResultColumn *, &kind->columns[i]));
	if (columns == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("deployment %s does not predict rows", id),
				 errdetail("Its model is unstructured.")));
	return columns;
}
