/*
 * errormetrics.c
 *		Aggregates that are means over rows: rmse, mae, mape, brier,
 *		log_loss and accuracy.
 */
#include "postgres.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "metrics/loss.h"
#include "metrics/meanloss.h"
#include "sql/metricrow.h"
#include "sql/metricstate.h"

PG_FUNCTION_INFO_V1(drs_squared_error_row);
PG_FUNCTION_INFO_V1(drs_absolute_error_row);
PG_FUNCTION_INFO_V1(drs_relative_error_row);
PG_FUNCTION_INFO_V1(drs_brier_row);
PG_FUNCTION_INFO_V1(drs_log_loss_row);
PG_FUNCTION_INFO_V1(drs_class_log_loss_row);
PG_FUNCTION_INFO_V1(drs_equality_row);
PG_FUNCTION_INFO_V1(drs_mean_combine);
PG_FUNCTION_INFO_V1(drs_mean_final);
PG_FUNCTION_INFO_V1(drs_root_mean_final);

enum
{
	ARG_LABEL = 1,
	ARG_PREDICTION,
	ARG_WEIGHT
};

typedef struct MeanState
{
	MetricState head;
	MeanLoss	mean;
} MeanState;

static Datum
add_loss(FunctionCallInfo fcinfo, double loss, double weight)
{
	MeanState  *state = drs_metric_state(fcinfo, sizeof(MeanState));

	drs_mean_add(&state->mean, loss, weight);
	PG_RETURN_POINTER(state);
}

static inline Datum
add_row(FunctionCallInfo fcinfo, ValueKind labels, ValueKind predictions, Loss loss)
{
	MetricRow	row;

	if (!drs_metric_row(fcinfo, labels, predictions, ARG_WEIGHT, &row))
		return drs_metric_unchanged(fcinfo);
	return add_loss(fcinfo, loss(row.label, row.prediction), row.weight);
}

Datum
drs_squared_error_row(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, VALUE_REAL, VALUE_REAL, drs_squared_error);
}

Datum
drs_absolute_error_row(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, VALUE_REAL, VALUE_REAL, drs_absolute_error);
}

Datum
drs_relative_error_row(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, VALUE_REAL, VALUE_REAL, drs_relative_error);
}

Datum
drs_brier_row(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, VALUE_BINARY, VALUE_PROBABILITY, drs_squared_error);
}

Datum
drs_log_loss_row(PG_FUNCTION_ARGS)
{
	return add_row(fcinfo, VALUE_BINARY, VALUE_PROBABILITY, drs_logarithmic_loss);
}

/* The probability of a class in an object of all; false when it is null. */
static bool
probability_of(const text *class, Jsonb *probabilities, double *probability)
{
	JsonbValue	found;

	if (!JB_ROOT_IS_OBJECT(probabilities))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the probabilities must be a JSON object")));
	if (getKeyJsonValueFromContainer(&probabilities->root, VARDATA_ANY(class),
									 VARSIZE_ANY_EXHDR(class), &found) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no probability of the class \"%s\"", text_to_cstring(class)),
				 errhint("Labels must be written as the model's classes are.")));
	if (found.type == jbvNull)
		return false;
	if (found.type != jbvNumeric)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the probability of the class \"%s\" is not a number",
						text_to_cstring(class))));
	*probability = DatumGetFloat8(DirectFunctionCall1(numeric_float8,
													  NumericGetDatum(found.val.numeric)));
	drs_metric_check_value(VALUE_PROBABILITY, "the prediction", *probability);
	return true;
}

Datum
drs_class_log_loss_row(PG_FUNCTION_ARGS)
{
	double		weight,
				probability;

	if (!drs_metric_weight(fcinfo, ARG_WEIGHT, &weight) ||
		!probability_of(PG_GETARG_TEXT_PP(ARG_LABEL), PG_GETARG_JSONB_P(ARG_PREDICTION),
						&probability))
		return drs_metric_unchanged(fcinfo);
	return add_loss(fcinfo, drs_logarithmic_loss(1, probability), weight);
}

/*
 * The equality of the type of both arguments, in memory that lives as long as
 * the query.  It is found by the type, never by the name of an operator.
 */
static FmgrInfo *
equality(FunctionCallInfo fcinfo)
{
	FmgrInfo   *found = fcinfo->flinfo->fn_extra;
	Oid			type;
	TypeCacheEntry *entry;

	if (found != NULL)
		return found;
	type = getBaseType(get_fn_expr_argtype(fcinfo->flinfo, ARG_LABEL));
	entry = lookup_type_cache(type, TYPECACHE_EQ_OPR_FINFO);
	if (!OidIsValid(entry->eq_opr_finfo.fn_oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("could not identify an equality operator for type %s",
						format_type_be(type))));
	found = MemoryContextAlloc(fcinfo->flinfo->fn_mcxt, sizeof(FmgrInfo));
	fmgr_info_cxt(entry->eq_opr_finfo.fn_oid, found, fcinfo->flinfo->fn_mcxt);
	fcinfo->flinfo->fn_extra = found;
	return found;
}

/* 1 for each row whose label and prediction are equal. */
Datum
drs_equality_row(PG_FUNCTION_ARGS)
{
	double		weight;
	Datum		equal;

	if (!drs_metric_weight(fcinfo, ARG_WEIGHT, &weight))
		return drs_metric_unchanged(fcinfo);
	equal = FunctionCall2Coll(equality(fcinfo), PG_GET_COLLATION(), PG_GETARG_DATUM(ARG_LABEL),
							  PG_GETARG_DATUM(ARG_PREDICTION));
	return add_loss(fcinfo, DatumGetBool(equal) ? 1 : 0, weight);
}

static void
merge_means(void *to, const void *from)
{
	drs_mean_merge(&((MeanState *) to)->mean, &((const MeanState *) from)->mean);
}

Datum
drs_mean_combine(PG_FUNCTION_ARGS)
{
	return drs_metric_combine(fcinfo, merge_means);
}

Datum
drs_mean_final(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(drs_mean_value(&((MeanState *) PG_GETARG_POINTER(0))->mean));
}

Datum
drs_root_mean_final(PG_FUNCTION_ARGS)
{
	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(sqrt(drs_mean_value(&((MeanState *) PG_GETARG_POINTER(0))->mean)));
}
