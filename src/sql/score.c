/*
 * score.c
 *		The set-returning functions score, score_as and explain.
 *
 * All of them score the rows of a query text; they differ in what they return.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "batch/batchstream.h"
#include "method/method.h"
#include "method/streamopening.h"
#include "rows/source.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(drs_score);
PG_FUNCTION_INFO_V1(drs_score_as);
PG_FUNCTION_INFO_V1(drs_explain);

#define DEFAULT_EXPLANATIONS "3"	/* as of the route for explanations (docs/api.md 1.1.2) */

typedef struct ScoreRun
{
	const char *name;			/* of the SQL function */
	ScoreArguments args;
	bool		keys_as_json;
	bool		explains;
	char	   *max_explanations;	/* argument of explain(); NULL: not given */
	TupleDesc	desc;			/* of what is taken from the stream */
	TupleDesc	explanation_desc;	/* of an explanation, once it is known */
	ReturnSetInfo *result;
	PredictionStream *stream;
} ScoreRun;

/* Set how many explanations explain() asks for: its argument, the option, or a default. */
static void
choose_explanations(const ScoreRun *run, Options *options)
{
	if (run->max_explanations &&
		(options->parameters.max_explanations || options->parameters.max_codes))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is given twice, as an argument and as an option",
						"max_explanations")));
	if (options->parameters.max_explanations || options->parameters.max_codes)
		return;
	drs_option_set(options, "max_explanations",
				   run->max_explanations ? run->max_explanations : DEFAULT_EXPLANATIONS,
				   OPTION_CALL);
}

static void
start_scoring(TupleDesc desc, void *arg)
{
	ScoreRun   *run = arg;
	Endpoint   *endpoint = drs_arguments_resolve(&run->args, OPTION_CALL);
	StreamAsk	ask = {
		.endpoint = endpoint,
		.deployment = run->args.deployment,
		/* the executor's, which ends before the last answer arrives */
		.source = CreateTupleDescCopy(desc),
		.result = run->desc,
		.keys_as_json = run->keys_as_json
	};

	drs_callcounters_report(endpoint->counters, run->name);
	if (run->explains)
		choose_explanations(run, &endpoint->options);
	drs_method_decide(endpoint, run->args.query);
	run->stream = drs_stream_open(&ask);
}

/* Columns of a prediction that explain() gathers. */
enum
{
	GATHERED_KEY,
	GATHERED_ROW_NUMBER,
	GATHERED_PREDICTION,
	GATHERED_PASSTHROUGH,
	GATHERED_EXPLANATIONS,
	GATHERED_COLUMNS
};

/* Columns of what explain() returns, the first being those gathered. */
enum
{
	EXPLAIN_RANK = GATHERED_PREDICTION + 1,
	EXPLAIN_PARTS,
	EXPLAIN_LABEL = EXPLAIN_PARTS + 4,
	EXPLAIN_PASSTHROUGH,
	EXPLAIN_COLUMNS
};

static TupleDesc
gathered_desc(void)
{
	Datum		name = CStringGetDatum("datarobot.explanation[]");
	Oid			explanations = DatumGetObjectId(DirectFunctionCall1(regtypein, name));
	TupleDesc	desc = CreateTemplateTupleDesc(GATHERED_COLUMNS);

	TupleDescInitEntry(desc, GATHERED_KEY + 1, "key", JSONBOID, -1, 0);
	TupleDescInitEntry(desc, GATHERED_ROW_NUMBER + 1, "row_number", INT8OID, -1, 0);
	TupleDescInitEntry(desc, GATHERED_PREDICTION + 1, "prediction", TEXTOID, -1, 0);
	TupleDescInitEntry(desc, GATHERED_PASSTHROUGH + 1, "passthrough", JSONBOID, -1, 0);
	TupleDescInitEntry(desc, GATHERED_EXPLANATIONS + 1, "explanations", explanations, -1, 0);
	TupleDescFinalize(desc);
	return desc;
}

static void
deform_explanation(ScoreRun *run, Datum explanation, Datum *values, bool *isnull)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(explanation);
	HeapTupleData tuple;

	tuple.t_len = HeapTupleHeaderGetDatumLength(header);
	tuple.t_data = header;
	if (run->explanation_desc == NULL)
		run->explanation_desc = lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(header), -1);
	heap_deform_tuple(&tuple, run->explanation_desc, values, isnull);
}

/* Put a row for each explanation; ranks begin at 1 for each class that is explained. */
static void
put_explanations(ScoreRun *run, const Datum *gathered, const bool *gathered_null)
{
	Datum		values[EXPLAIN_COLUMNS];
	bool		isnull[EXPLAIN_COLUMNS] = {0};
	Datum	   *explanations;
	int			count;
	int			rank = 0;
	text	   *label = NULL;

	if (gathered_null[GATHERED_EXPLANATIONS])
		return;
	memcpy(values, gathered, sizeof(Datum) * EXPLAIN_RANK);
	memcpy(isnull, gathered_null, sizeof(bool) * EXPLAIN_RANK);
	values[EXPLAIN_PASSTHROUGH] = gathered[GATHERED_PASSTHROUGH];
	isnull[EXPLAIN_PASSTHROUGH] = gathered_null[GATHERED_PASSTHROUGH];
	deconstruct_array(DatumGetArrayTypeP(gathered[GATHERED_EXPLANATIONS]),
					  ARR_ELEMTYPE(DatumGetArrayTypeP(gathered[GATHERED_EXPLANATIONS])), -1, false,
					  TYPALIGN_DOUBLE, &explanations, NULL, &count);
	for (int i = 0; i < count; i++)
	{
		text	   *last = label;

		deform_explanation(run, explanations[i], values + EXPLAIN_PARTS, isnull + EXPLAIN_PARTS);
		label = isnull[EXPLAIN_LABEL] ? NULL : DatumGetTextPP(values[EXPLAIN_LABEL]);
		if (last && label &&
			!DatumGetBool(DirectFunctionCall2Coll(texteq, C_COLLATION_OID, PointerGetDatum(last),
																   PointerGetDatum(label))))
			rank = 0;
		values[EXPLAIN_RANK] = Int32GetDatum(++rank);
		tuplestore_putvalues(run->result->setResult, run->result->setDesc, values, isnull);
	}
	pfree(explanations);
}

static void
put_prediction(ScoreRun *run, const Datum *values, const bool *isnull)
{
	if (run->explains)
		put_explanations(run, values, isnull);
	else
		tuplestore_putvalues(run->result->setResult, run->result->setDesc,
							 unconstify(Datum *, values), unconstify(bool *, isnull));
}

/* Wait for a prediction, and put it and all that need no wait.  False: there are no more. */
static bool
emit_predictions(ScoreRun *run)
{
	const Datum *values;
	const bool *isnull;

	if (!drs_stream_take(run->stream, true, &values, &isnull))
		return false;
	do
		put_prediction(run, values, isnull);
	while (drs_stream_has_prediction(run->stream) &&
		   drs_stream_take(run->stream, false, &values, &isnull));
	return true;
}

static bool
score_row(TupleTableSlot *slot, void *arg)
{
	ScoreRun   *run = arg;

	slot_getallattrs(slot);
	drs_stream_put(run->stream, slot->tts_values, slot->tts_isnull);
	while (!drs_stream_has_room(run->stream))
		emit_predictions(run);
	return true;
}

/* Score all rows; a job at the service does not outlive an error. */
static void
score_rows(ScoreRun *run)
{
	static const RowConsumer consumer = {start_scoring, score_row};
	MemoryContext cxt = CurrentMemoryContext;
	CallCounters *counters;

	PG_TRY();
	{
		drs_source_run(run->args.query, 0, &consumer, run);
		drs_stream_finish(run->stream);
		while (emit_predictions(run))
			CHECK_FOR_INTERRUPTS();
	}
	PG_CATCH();
	{
		drs_batchstream_fail(run->stream, cxt);
	}
	PG_END_TRY();
	counters = run->stream->counters;
	drs_stream_close(run->stream);
	drs_callcounters_publish(counters);
}

/* Score the rows of the query and return them; the deployment is argument first_arg. */
static void
score_query(FunctionCallInfo fcinfo, int first_arg, ScoreRun *run)
{
	run->name = get_func_name(fcinfo->flinfo->fn_oid);
	run->args = drs_arguments_get(fcinfo, first_arg, first_arg + 2);
	InitMaterializedSRF(fcinfo, 0);
	run->result = (ReturnSetInfo *) fcinfo->resultinfo;
	run->desc = run->explains ? gathered_desc() : run->result->setDesc;

	score_rows(run);
}

Datum
drs_score(PG_FUNCTION_ARGS)
{
	ScoreRun	run = {.keys_as_json = true};

	score_query(fcinfo, 0, &run);
	return (Datum) 0;
}

Datum
drs_explain(PG_FUNCTION_ARGS)
{
	ScoreRun	run = {
		.keys_as_json = true,
		.explains = true,
		.max_explanations = drs_argument_text(fcinfo, 6)
	};

	score_query(fcinfo, 0, &run);
	return (Datum) 0;
}

Datum
drs_score_as(PG_FUNCTION_ARGS)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 0);
	ScoreRun	run = {0};

	if (get_typtype(type) != TYPTYPE_COMPOSITE)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the first argument of score_as must be of a composite type"),
				 errdetail("It is of type %s.", format_type_be(type)),
				 errhint("Use CREATE TYPE to name the columns you want, and pass "
						 "NULL::that_type.")));
	score_query(fcinfo, 1, &run);
	return (Datum) 0;
}
