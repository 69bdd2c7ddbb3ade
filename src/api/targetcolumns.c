/*
 * targetcolumns.c
 *		The columns that suit the predictions of each kind of target (docs/api.md 4.2).
 */
#include "postgres.h"

#include "catalog/pg_type.h"

#include "api/jsonpath.h"
#include "api/targetcolumns.h"
#include "base/sqlname.h"
#include "decode/predictionfield.h"

#define MAX_COLUMNS 5

typedef struct Kind
{
	const char *target_type;	/* as DataRobot calls it, in any case */
	Oid			predicts;		/* type of the prediction */
	int			ncolumns;
	ShapeSource columns[MAX_COLUMNS];
} Kind;

static const Kind kinds[] = {
	{"Regression", FLOAT8OID, 1, {FROM_PREDICTION}},
	{"Anomaly", FLOAT8OID, 1, {FROM_PREDICTION}},
	{"Binary", TEXTOID, 4,
	{FROM_PREDICTION, FROM_PROBABILITY, FROM_THRESHOLD, FROM_POSITIVE_CLASS}},
	{"Multiclass", TEXTOID, 3, {FROM_PREDICTION, FROM_PROBABILITY, FROM_PROBABILITIES}},
	{"Multilabel", TEXTOID, 3, {FROM_PREDICTION, FROM_LABELS, FROM_PROBABILITIES}},
	{"Unstructured", InvalidOid, 0, {0}},
};

/* Text generation, and kinds that are not known. */
static const Kind other = {NULL, TEXTOID, 1, {FROM_PREDICTION}};

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

	for (int i = 0; i < kind->ncolumns; i++)
	{
		const PredictionField *field = drs_prediction_field(kind->columns[i]);
		ResultColumn *column = palloc(sizeof(ResultColumn));

		column->name = field->name;
		column->type = drs_sql_type(kind->columns[i] == FROM_PREDICTION ? kind->predicts :
									field->type);
		columns = lappend(columns, column);
	}
	if (columns == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("deployment %s does not score rows", id),
				 errdetail("Its model is unstructured.")));
	return columns;
}
