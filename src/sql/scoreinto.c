/*
 * scoreinto.c
 *		The SQL functions that write predictions: score_into, score_into_now,
 *		resume and prune.
 *
 * What is decided here: which run a call is, a new one or one to go on with,
 * and in what transactions it runs.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
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
#include "into/temporarytable.h"
#include "into/unloggedtable.h"
#include "into/workers.h"
#include "rows/scope.h"
#include "sql/arguments.h"
#include "sql/lastrun.h"
#include "sql/localsettings.h"

PG_FUNCTION_INFO_V1(drs_score_into);
PG_FUNCTION_INFO_V1(drs_score_into_now);
PG_FUNCTION_INFO_V1(drs_resume);
PG_FUNCTION_INFO_V1(drs_prune);
PG_FUNCTION_INFO_V1(drs_prune_text);

/* Arguments behind deployment, query and output; the last is options. */
static const char *const into_names[] = {
	"statement_type", "key_columns", "where_columns", "update_columns", "passthrough_columns",
	"output_columns", "column_names_remapping", "create_table_if_not_exists", "extra_columns",
	"on_error", "reject_limit", "abort_on_error", "keep_features", "consistent_model",
	"commit_rows", "commit_interval", "snapshot", "workers", "if_running", "resume", "server", NULL
};
static const char *const into_now_names[] = {
	"statement_type", "key_columns", "where_columns", "update_columns", "passthrough_columns",
	"output_columns", "column_names_remapping", "create_table_if_not_exists", "extra_columns",
	"on_error", "reject_limit", "abort_on_error", "keep_features", "consistent_model", "server", NULL
};

/* What a call comes to. */
typedef struct IntoResult
{
	int64		run_id;
	LedgerCounts counts;
} IntoResult;

static RunCall get_call(FunctionCallInfo fcinfo, const char *const *names, OptionHome home);
static const char *why_bound(FunctionCallInfo fcinfo);
static void check_alone(const Options *options, const char *reason);
static void check_now(const Options *options);
static void tell(const IntoResult *result);
static Datum form_result(FunctionCallInfo fcinfo, const IntoResult *result);
static IntoResult score_into(const RunCall *call, const char *bound);
static IntoResult skip(Run *run, int holder);
static bool find_run(Run *run);
static bool is_complete(const Run *run);
static IntoResult go_on(Run *run, bool is_new);
static IntoResult result_of(Run *run);

Datum
drs_score_into(PG_FUNCTION_ARGS)
{
	const char *bound = why_bound(fcinfo);
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
	tell(&result);
	PG_RETURN_VOID();
}

Datum
drs_score_into_now(PG_FUNCTION_ARGS)
{
	QueryEnvironment *caller = drs_scope_of_caller();
	RunCall		call;
	IntoResult	result;
	const char *reason;
	Run		   *run;

	drs_last_run_forget();
	PreventCommandIfReadOnly("datarobot.score_into_now()");
	SPI_connect();
	call = get_call(fcinfo, into_now_names, OPTION_NOW);
	drs_scope_share(caller, call.query);
	run = drs_run_prepare(&call, "it is a function", &reason);
	check_now(run->options);
	drs_target_check_new(run->target, run->options->write.statement_type == STATEMENT_CREATE_TABLE);
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
	const char *bound = why_bound(fcinfo);
	const char *reason;
	int			holder;

	drs_last_run_forget();
	PreventCommandIfReadOnly("datarobot.resume()");
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the id of the run must not be NULL")));
	if (bound)
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("datarobot.resume() needs transactions of its own"),
				 errdetail("It cannot end this one, because %s.", bound),
				 errhint("CALL it outside of transaction blocks and functions, and without SET LOCAL.")));
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	drs_next_transaction();		/* one that is ours from its beginning */
	run_id = drs_argument_whole(fcinfo, 0, "the id of the run");
	record = drs_ledger_get(run_id);
	drs_runmatch_check_resumable(record, run_id);
	call.deployment = record->deployment;
	call.query = record->query;
	call.output = record->target;
	call.arguments = record->arguments;
	run = drs_run_prepare(&call, NULL, &reason);
	drs_runmatch_check(&run->record, record);
	(void) drs_ledger_lock_call(&run->record, false, false, CurrentMemoryContext, &holder);
	run->record = *record;
	result = is_complete(run) ? result_of(run) : go_on(run, false);
	SPI_finish();
	tell(&result);
	PG_RETURN_VOID();
}

static int64
prune(Datum older_than)
{
	PreventCommandIfReadOnly("datarobot.prune()");
	return drs_ledger_prune(DatumGetTimestampTz(
		DirectFunctionCall2(timestamptz_mi_interval, TimestampTzGetDatum(GetCurrentTimestamp()), older_than)));
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
	PG_RETURN_INT64(prune(PG_GETARG_DATUM(0)));
}

/* Clients that send a text with its type find no interval. */
Datum
drs_prune_text(PG_FUNCTION_ARGS)
{
	check_interval(fcinfo);
	PG_RETURN_INT64(prune(DirectFunctionCall3(interval_in, CStringGetDatum(drs_argument_text(fcinfo, 0)),
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
				 errmsg("the %s must not be NULL", call.query == NULL ? "query to score" : "output")));
	call.arguments = drs_arguments_as_options(fcinfo, 3, names, home);
	return call;
}

/*
 * Why a call must not end transactions, as a clause; NULL: it may.  Not within
 * a block or a function; nor where that would take back what the caller has
 * set for this transaction only, and with it the caller's role, or what row
 * security shows.
 */
static const char *
why_bound(FunctionCallInfo fcinfo)
{
	const char *settings;

	if (fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
		castNode(CallContext, fcinfo->context)->atomic)
		return "it is called inside a transaction block or a function";
	/* no catalog tells which temporary tables a commit would empty or drop */
	if (MyXactFlags & XACT_FLAGS_ACCESSEDTEMPNAMESPACE)
		return "the open transaction has used a temporary table, which its end may empty or drop";
	settings = drs_local_settings();
	return settings ? psprintf("what is set for this transaction only (%s) would be lost", settings) : NULL;
}

/* Options that only runs in slices can honour are refused in another; reason says why it is one. */
static void
check_alone(const Options *options, const char *reason)
{
	const char *option = options->write.workers > 1 ? "workers" :
		options->write.resume ? "resume" :
		options->write.commit_rows > 0 ? "commit_rows" :
		options->write.commit_interval > 0 ? "commit_interval" : NULL;

	if (option)
		ereport(ERROR,
				(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
				 errmsg("\"%s\" is for runs in slices", option),
				 errdetail("This is one transaction, because %s.", reason),
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

/* A procedure's way to return something: output parameters would have to be given in every CALL from PL/pgSQL. */
static void
tell(const IntoResult *result)
{
	ereport(NOTICE,
			(errmsg("run " INT64_FORMAT ": " INT64_FORMAT " rows read, " INT64_FORMAT " written, " INT64_FORMAT " rejected",
					result->run_id, result->counts.read, result->counts.written, result->counts.rejected)));
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

/* Take the lock that identical calls share.  False: the call is to be skipped. */
static bool
claim_call(Run *run, bool may_commit, int *holder)
{
	bool		wait = run->options->write.if_running == IF_RUNNING_WAIT;

	if (wait && may_commit)
		drs_next_transaction(); /* nothing is held while another run is waited for */
	if (drs_ledger_lock_call(&run->record, run->options->write.if_running != IF_RUNNING_START, wait,
							 CurrentMemoryContext, holder))
		return true;
	if (run->options->write.if_running == IF_RUNNING_ERROR)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("the same call is being run already"),
				 *holder ? errdetail("Process %d is at it.", *holder) : 0));
	return run->options->write.if_running != IF_RUNNING_SKIP;
}

static IntoResult
score_into(const RunCall *call, const char *bound)
{
	const char *reason;
	Run		   *run = drs_run_prepare(call, bound, &reason);
	int			holder = 0;
	bool		is_new;

	if (!run->sliced)
		check_alone(run->options, reason);
	if (!claim_call(run, bound == NULL, &holder))
		return skip(run, holder);
	if (run->options->write.if_running == IF_RUNNING_WAIT)
		run = drs_run_prepare(call, bound, &reason); /* as things are now */
	if (!run->sliced)
	{
		check_alone(run->options, reason);
		ereport(NOTICE,
				(errmsg("scoring in one transaction, because %s", reason),
				 errdetail("It holds its snapshot until the end, keeps nothing when it fails, and cannot be resumed."),
				 bound == NULL ? errhint("Name key_columns, and where_columns that hold them, to score in slices.") : 0));
		drs_target_check_new(run->target, run->options->write.statement_type == STATEMENT_CREATE_TABLE);
		drs_run_in_transaction(run);
		return result_of(run);
	}
	is_new = !run->options->write.resume || !find_run(run);
	if (is_complete(run))
		return result_of(run);
	if (is_new)
		drs_target_check_new(run->target, run->options->write.statement_type == STATEMENT_CREATE_TABLE);
	return go_on(run, is_new);
}

static IntoResult
skip(Run *run, int holder)
{
	IntoResult	result = {0};

	result.run_id = drs_ledger_begin(&run->record);
	drs_ledger_end(result.run_id, "skipped", NULL, psprintf("process %d was running the same call", holder));
	ereport(NOTICE,
			(errmsg("skipped, because the same call is being run already"),
			 holder ? errdetail("Process %d is at it.", holder) : 0));
	return result;
}

/*
 * Find the run that the call goes on with, and make it the call's own.
 * False: there is none, and a new one begins.
 */
static bool
find_run(Run *run)
{
	LedgerRun  *found = drs_ledger_latest(&run->record);

	if (found == NULL || (strcmp(found->state, "completed") == 0 && !drs_runmatch_is_same(&run->record, found)))
	{
		ereport(NOTICE,
				(errmsg("there is no run to resume; this is a new one")));
		return false;
	}
	drs_runmatch_check(&run->record, found);
	run->record = *found;
	return true;
}

/* Is there nothing left to do?  Then it is said. */
static bool
is_complete(const Run *run)
{
	if (run->record.state == NULL || strcmp(run->record.state, "completed") != 0)
		return false;
	ereport(NOTICE,
			(errmsg("run " INT64_FORMAT " is already complete", run->record.id)));
	return true;
}

static void
lock_run(const Run *run)
{
	int			holder = 0;

	if (!drs_ledger_lock(run->record.id, CurrentMemoryContext, &holder))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("run " INT64_FORMAT " is being run already", run->record.id),
				 holder ? errdetail("Process %d is at it.", holder) : 0));
}

/* A target that does not keep what is written to it from slice to slice is refused. */
static void
check_kept(const Run *run)
{
	List	   *marked = drs_temporarytable_mark(run->target->oid);

	if (marked == NIL)
		return;
	drs_next_transaction();
	drs_temporarytable_check(marked, run->target->name);
}

/* Go through a sliced run, from its beginning or from where it stands. */
static IntoResult
go_on(Run *run, bool is_new)
{
	LedgerPosition position = {0};

	if (is_new)
		check_kept(run);
	PushActiveSnapshot(GetTransactionSnapshot());
	if (!is_new)
	{
		lock_run(run);
		run->before = drs_ledger_counts(run->record.id);
		if (run->before.written > 0)
			drs_unloggedtable_check(run->record.id, run->target->oid, run->target->name);
		position = drs_ledger_position(run->record.id, 1);
	}
	drs_run_open(run, 1, &position, NIL);
	if (run->options->write.workers > 1)
		drs_workers_check(run);
	if (is_new)
	{
		run->record.id = drs_ledger_begin(&run->record);
		lock_run(run);
		if (run->options->write.workers > 1)
			drs_workers_split(run);
	}
	else
		drs_ledger_reopen(run->record.id);
	drs_ledger_mark(run->record.id);
	drs_last_run_note(run->record.id);
	PopActiveSnapshot();
	drs_next_transaction();

	if (run->options->write.workers > 1)
		drs_workers_run(run);
	else
		drs_run_slices(run);
	return result_of(run);
}

static IntoResult
result_of(Run *run)
{
	IntoResult	result;

	result.run_id = run->record.id;
	drs_last_run_note(result.run_id);	/* once more, for this transaction */
	result.counts = drs_ledger_counts(run->record.id);
	return result;
}
