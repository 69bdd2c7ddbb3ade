/*
 * scoreinto.c
 *		The SQL functions that write predictions: score_into, score_into_now,
 *		resume and prune.
 *
 * Here it is decided whether a call begins a run or continues one, and in which
 * transactions it runs.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "storage/lock.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "base/subxact.h"
#include "into/run.h"
#include "into/runmatch.h"
#include "rows/scope.h"
#include "sql/arguments.h"
#include "sql/lastrun.h"
#include "sql/owntransactions.h"

PG_FUNCTION_INFO_V1(drs_score_into);
PG_FUNCTION_INFO_V1(drs_score_into_now);
PG_FUNCTION_INFO_V1(drs_resume);
PG_FUNCTION_INFO_V1(drs_prune);
PG_FUNCTION_INFO_V1(drs_prune_text);

/* Arguments after deployment, query and output; the last is options. */
static const char *const into_names[] = {
	"statement_type", "key_columns", "where_columns", "update_columns", "passthrough_columns",
	"output_columns", "column_names_remapping", "create_table_if_not_exists", "extra_columns",
	"on_error", "reject_limit", "abort_on_error", "keep_features", "consistent_model",
	"commit_rows", "commit_interval", "snapshot", "workers", "if_running", "resume", "server", NULL
};
static const char *const into_now_names[] = {
	"statement_type", "key_columns", "where_columns", "update_columns", "passthrough_columns",
	"output_columns", "column_names_remapping", "create_table_if_not_exists", "extra_columns",
	"on_error", "reject_limit", "abort_on_error", "keep_features", "consistent_model", "server",
	NULL
};

/* What a call comes to. */
typedef struct IntoResult
{
	int64		run_id;
	LedgerCounts counts;
} IntoResult;

static RunCall get_call(FunctionCallInfo fcinfo, const char *const *names, OptionHome home);
static void check_alone(const Run *run);
static void check_now(const Options *options);
static void report_counts(const IntoResult *result);
static Datum form_result(FunctionCallInfo fcinfo, const IntoResult *result);
static IntoResult score_into(const RunCall *call, const char *bound);
static IntoResult skip_call(Run *run, int holder);
static IntoResult score_found(Run *run);
static IntoResult score_begun(Run *run);
static IntoResult result_of(const Run *run);

Datum
drs_score_into(PG_FUNCTION_ARGS)
{
	const char *bound = drs_why_bound(fcinfo);
	QueryEnvironment *caller = bound ? drs_scope_of_caller() : NULL;
	RunCall		call;
	IntoResult	result;

	drs_last_run_forget();
	PreventCommandIfReadOnly("datarobot.score_into()");
	SPI_connect_ext(bound ? 0 : SPI_OPT_NONATOMIC);
	if (bound == NULL)
		drs_next_transaction(); /* one that is ours from its beginning */
	call = get_call(fcinfo, into_names, OPTION_WRITE);
	drs_scope_share(caller, call.query);
	result = score_into(&call, bound);
	SPI_finish();
	report_counts(&result);
	PG_RETURN_VOID();
}

Datum
drs_score_into_now(PG_FUNCTION_ARGS)
{
	QueryEnvironment *caller = drs_scope_of_caller();
	RunCall		call;
	IntoResult	result;
	Run		   *run;

	drs_last_run_forget();
	PreventCommandIfReadOnly("datarobot.score_into_now()");
	SPI_connect();
	call = get_call(fcinfo, into_now_names, OPTION_NOW);
	drs_scope_share(caller, call.query);
	run = drs_run_prepare(&call, "it is a function");
	check_now(drs_run_options(run));
	drs_run_in_transaction(run);
	result = result_of(run);
	SPI_finish();
	return form_result(fcinfo, &result);
}

Datum
drs_resume(PG_FUNCTION_ARGS)
{
	RunCall		call;
	IntoResult	result;
	LedgerRun  *record;
	int64		run_id;
	Run		   *run;
	int			holder;

	drs_last_run_forget();
	PreventCommandIfReadOnly("datarobot.resume()");
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the id of the run must not be NULL")));
	drs_refuse_bound(fcinfo, "datarobot.resume()");
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	drs_next_transaction();		/* one that is ours from its beginning */
	run_id = drs_argument_whole(fcinfo, 0, "the id of the run");
	record = drs_ledger_get(run_id);
	drs_runmatch_check_resumable(record, run_id);
	call = drs_run_call_of(record);
	run = drs_run_prepare(&call, NULL);
	drs_run_adopt(run, record);
	(void) drs_run_claim_call(run, IF_RUNNING_START, false, &holder);
	result = score_found(run);
	SPI_finish();
	report_counts(&result);
	PG_RETURN_VOID();
}

static int64
prune_runs(Datum older_than)
{
	PreventCommandIfReadOnly("datarobot.prune()");
	return drs_ledger_prune(DatumGetTimestampTz(
		DirectFunctionCall2(timestamptz_mi_interval, TimestampTzGetDatum(GetCurrentTimestamp()),
							older_than)));
}

static void
check_interval(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the interval must not be NULL")));
}

Datum
drs_prune(PG_FUNCTION_ARGS)
{
	check_interval(fcinfo);
	PG_RETURN_INT64(prune_runs(PG_GETARG_DATUM(0)));
}

/* Clients that send a text with its type find no interval. */
Datum
drs_prune_text(PG_FUNCTION_ARGS)
{
	check_interval(fcinfo);
	PG_RETURN_INT64(
		prune_runs(DirectFunctionCall3(interval_in, CStringGetDatum(drs_argument_text(fcinfo, 0)),
								  ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1))));
}

static RunCall
get_call(FunctionCallInfo fcinfo, const char *const *names, OptionHome home)
{
	RunCall		call;

	call.deployment = drs_argument_text(fcinfo, 0);
	call.query = drs_argument_text(fcinfo, 1);
	call.output = drs_argument_text(fcinfo, 2);
	if (call.query == NULL || call.output == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the %s must not be NULL",
						call.query == NULL ? "query to score" : "output")));
	call.arguments = drs_arguments_as_options(fcinfo, 3, names, home);
	return call;
}

/* Options that only runs in slices can honour are refused in another. */
static void
check_alone(const Run *run)
{
	const Options *options = drs_run_options(run);
	const char *option = options->write.workers > 1 ? "workers" :
		options->write.resume ? "resume" :
		options->write.commit_rows > 0 ? "commit_rows" :
		options->write.commit_interval > 0 ? "commit_interval" : NULL;

	if (drs_run_why_whole(run) && option)
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("\"%s\" is for runs in slices", option),
				 errdetail("This is one transaction, because %s.", drs_run_why_whole(run)),
				 errhint("Leave it out to score in one transaction.")));
}

/* The function that never leaves the caller's transaction takes nothing that is about slices. */
static void
check_now(const Options *options)
{
	const char *option = options->write.commit_rows > 0 ? "commit_rows" :
		options->write.commit_interval >= 0 ? "commit_interval" :
		options->write.snapshot != SNAPSHOT_SLICE ? "snapshot" :
		options->write.workers > 1 ? "workers" :
		options->write.if_running != IF_RUNNING_START ? "if_running" :
		options->write.resume ? "resume" : NULL;

	if (option)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is not an option of score_into_now", option),
				 errhint("Use CALL datarobot.score_into().")));
}

/*
 * A procedure's way to return something: output parameters would have to be
 * given in every CALL from PL/pgSQL.
 */
static void
report_counts(const IntoResult *result)
{
	ereport(NOTICE,
			(errmsg("run " INT64_FORMAT ": " INT64_FORMAT " rows read, " INT64_FORMAT " written,"
					" " INT64_FORMAT " rejected",
					result->run_id, result->counts.read, result->counts.written,
					result->counts.rejected)));
}

static Datum
form_result(FunctionCallInfo fcinfo, const IntoResult *result)
{
	TupleDesc	desc;
	Datum		values[4];
	bool		isnull[4] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Int64GetDatum(result->run_id);
	values[1] = Int64GetDatum(result->counts.read);
	values[2] = Int64GetDatum(result->counts.written);
	values[3] = Int64GetDatum(result->counts.rejected);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, isnull));
}

/* Find the run that the call continues, if it is to continue one.  False: it begins a new one. */
static bool
find_run(Run *run)
{
	if (!drs_run_options(run)->write.resume)
		return false;
	if (drs_run_find(run))
		return true;
	ereport(NOTICE,
			(errmsg("there is no run to resume; this is a new one")));
	return false;
}

static IntoResult
score_whole(Run *run, bool could_be_sliced)
{
	ereport(NOTICE,
			(errmsg("scoring in one transaction, because %s", drs_run_why_whole(run)),
			 errdetail("It holds its snapshot until the end, keeps nothing when it fails, and"
					   " cannot be resumed."),
			 could_be_sliced ?
			 errhint("Name key_columns, and where_columns that hold them, to score in slices.") :
			 0));
	drs_run_in_transaction(run);
	return result_of(run);
}

static IntoResult
score_into(const RunCall *call, const char *bound)
{
	Run		   *run = drs_run_prepare(call, bound);
	IfRunning	if_running = (IfRunning) drs_run_options(run)->write.if_running;
	int			holder = 0;

	check_alone(run);
	if (!drs_run_claim_call(run, if_running, bound == NULL, &holder))
		return skip_call(run, holder);
	if (if_running == IF_RUNNING_WAIT)
		run = drs_run_prepare(call, bound); /* as things are now */
	check_alone(run);
	if (drs_run_why_whole(run))
		return score_whole(run, bound == NULL);
	if (find_run(run))
		return score_found(run);
	drs_run_begin(run);
	return score_begun(run);
}

static IntoResult
skip_call(Run *run, int holder)
{
	IntoResult	result = {0};

	drs_run_skip(run, holder);
	result.run_id = drs_run_id(run);
	return result;
}

/* Continue a run, unless there is nothing left to do. */
static IntoResult
score_found(Run *run)
{
	if (drs_run_is_complete(run))
	{
		ereport(NOTICE,
				(errmsg("run " INT64_FORMAT " is already complete", drs_run_id(run))));
		return result_of(run);
	}
	drs_run_continue(run);
	return score_begun(run);
}

static IntoResult
score_begun(Run *run)
{
	drs_last_run_note(drs_run_id(run));
	drs_next_transaction();
	drs_run_score(run);
	return result_of(run);
}

static IntoResult
result_of(const Run *run)
{
	IntoResult	result = {drs_run_id(run), drs_run_counts(run)};

	drs_last_run_note(result.run_id);	/* once more, for this transaction */
	return result;
}
