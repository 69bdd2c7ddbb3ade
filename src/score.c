/*
 * score.c
 *		The set-returning functions score and score_as.
 *
 * Both score the rows of a query text; they differ in the shape of what they
 * return.  PostgreSQL licence.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

#include "arguments.h"
#include "featurecheck.h"
#include "pipeline.h"
#include "place.h"
#include "source.h"

PG_FUNCTION_INFO_V1(drs_score);
PG_FUNCTION_INFO_V1(drs_score_as);

typedef struct ScoreRun
{
	ScoreArguments args;
	bool		keys_as_json;
	ReturnSetInfo *result;
	Pipeline   *pipeline;
} ScoreRun;

static void
start_scoring(TupleDesc desc, void *arg)
{
	ScoreRun   *run = arg;
	Endpoint   *endpoint = drs_endpoint_resolve(run->args.server, run->args.options, OPTION_CALL);
	Request    *request;
	Columns    *columns;
	Shape	   *shape;

	drs_arguments_merge_columns(&run->args, &endpoint->options);
	/* the query's descriptor belongs to the executor, which ends before the last answer has come */
	columns = drs_columns_choose(CreateTupleDescCopy(desc), &endpoint->options);
	shape = drs_shape_of_rows(run->result->setDesc, columns, run->keys_as_json);
	request = drs_place_request(endpoint, run->args.deployment);
	drs_features_check(endpoint, request->deployment, columns);
	run->pipeline = drs_pipeline_open(endpoint, request, columns, shape);
}

/* Take one prediction, waiting for it, and all that came with it. */
static bool
emit(ScoreRun *run)
{
	const Datum *values;
	const bool *isnull;

	if (!drs_pipeline_take(run->pipeline, true, &values, &isnull))
		return false;
	do
		tuplestore_putvalues(run->result->setResult, run->result->setDesc, unconstify(Datum *, values),
							 unconstify(bool *, isnull));
	while (drs_pipeline_has_prediction(run->pipeline) &&
		   drs_pipeline_take(run->pipeline, false, &values, &isnull));
	return true;
}

static bool
score_row(TupleTableSlot *slot, void *arg)
{
	ScoreRun   *run = arg;

	slot_getallattrs(slot);
	drs_pipeline_put(run->pipeline, slot->tts_values, slot->tts_isnull);
	while (!drs_pipeline_has_room(run->pipeline))
		emit(run);
	return true;
}

static void
score(FunctionCallInfo fcinfo, int first_arg, bool keys_as_json)
{
	static const RowConsumer consumer = {start_scoring, score_row};
	ScoreRun	run = {0};

	run.args = drs_arguments_get(fcinfo, first_arg, first_arg + 2);
	run.keys_as_json = keys_as_json;
	InitMaterializedSRF(fcinfo, 0);
	run.result = (ReturnSetInfo *) fcinfo->resultinfo;

	drs_source_run(run.args.query, 0, &consumer, &run);
	drs_pipeline_finish(run.pipeline);
	while (emit(&run))
		CHECK_FOR_INTERRUPTS();
	drs_pipeline_close(run.pipeline);
}

Datum
drs_score(PG_FUNCTION_ARGS)
{
	score(fcinfo, 0, true);
	return (Datum) 0;
}

Datum
drs_score_as(PG_FUNCTION_ARGS)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 0);

	if (get_typtype(type) != TYPTYPE_COMPOSITE)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the first argument of score_as must be of a composite type"),
				 errdetail("It is of type %s.", format_type_be(type)),
				 errhint("Use CREATE TYPE to name the columns you want, and pass NULL::that_type.")));
	score(fcinfo, 1, false);
	return (Datum) 0;
}
