/*
 * runprepare.c
 *		Makes a run from a call: what the call names, and how the run can go.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "base/renaming.h"
#include "into/run_internal.h"
#include "method/method.h"

/*
 * Two slices of a run must not write the same row of the target.  Columns that
 * contain the keys ensure that.
 */
static bool
covers_keys(const Options *options)
{
	ListCell   *key;

	if (options->write.where_columns == NIL)
		return true;
	foreach(key, options->call.key_columns)
	{
		const char *renamed = drs_renaming_apply(options->write.column_names_remapping,
												 lfirst(key));
		bool		found = false;
		ListCell   *where;

		foreach(where, options->write.where_columns)
			found |= renamed && strcmp(lfirst(where), renamed) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* Why a call that may end transactions cannot be sliced, as a clause; NULL: it can. */
static const char *
why_not_sliced(const Options *options)
{
	if (options->call.key_columns == NIL)
		return "no key_columns are named";
	if (!covers_keys(options))
		return "where_columns does not name all key columns";
	if (drs_options_name_series(options) && !drs_forecasts_follow_keys(options))
		return "key_columns do not begin with series_columns and time_column";
	return NULL;
}

/* What the ledger records of the call. */
static void
fill_record(Run *run, const RunCall *call)
{
	LedgerRun  *record = &run->record;

	record->owner = GetUserId();
	record->server = run->endpoint->server_name;
	record->deployment = run->request->deployment;
	record->query = call->query;
	record->target = run->target->name;
	record->statement_type = pstrdup(drs_statement_type_name(run->options->write.statement_type));
	record->arguments = call->arguments;
	record->search_path = pstrdup(namespace_search_path);
	record->mode = run->sliced ? RUN_SLICED : RUN_TRANSACTION;
	if (run->by_jobs && run->sliced)
		record->job_mark = drs_ledger_make_mark();
}

void
drs_run_choose_method(Run *run, const char *deployment, bool by_jobs)
{
	run->by_jobs = by_jobs;
	run->endpoint->options.batch.method = by_jobs ? METHOD_BATCH : METHOD_REALTIME;
	run->request = drs_method_request(run->endpoint, deployment);
}

/* By the planner's estimate, if the call leaves it to that. */
static void
decide_method(Endpoint *endpoint, const char *query)
{
	bool		auto_chosen = endpoint->options.batch.method == METHOD_AUTO;

	if (auto_chosen)
		PushActiveSnapshot(GetTransactionSnapshot());
	drs_method_decide(endpoint, query);
	if (auto_chosen)
		PopActiveSnapshot();
}

Run *
drs_run_prepare(const RunCall *call, const char *bound)
{
	Run		   *run = palloc0(sizeof(Run));
	const Options *options;

	run->cxt = CurrentMemoryContext;
	run->step_cxt = AllocSetContextCreate(run->cxt, "datarobot_scoring step",
										  ALLOCSET_DEFAULT_SIZES);
	run->endpoint = drs_endpoint_resolve(NULL, call->arguments, OPTION_WRITE);
	run->options = options = &run->endpoint->options;
	run->plan = drs_pipeline_plan(options);
	run->forecasts = drs_options_name_series(options);
	if (run->forecasts)
		drs_forecasts_check(options);
	decide_method(run->endpoint, call->query);
	run->by_jobs = drs_method_is_batch(options);
	run->request = drs_method_request(run->endpoint, call->deployment);
	run->traits = drs_statement_traits(options->write.statement_type);
	run->target = drs_target_find(call->output,
								  run->traits->creates ||
								  options->write.create_table_if_not_exists,
								  run->traits->inserts && !run->traits->creates);
	run->reject_limit = drs_reject_limit(options);
	run->why_whole = bound ? bound : why_not_sliced(options);
	run->sliced = run->why_whole == NULL;
	fill_record(run, call);
	return run;
}

RunCall
drs_run_call_of(const LedgerRun *record)
{
	return (RunCall) {record->deployment, record->query, record->target, record->arguments};
}

const char *
drs_run_why_whole(const Run *run)
{
	return run->why_whole;
}

const Options *
drs_run_options(const Run *run)
{
	return run->options;
}

int64
drs_run_id(const Run *run)
{
	return run->record.id;
}

LedgerCounts
drs_run_counts(const Run *run)
{
	return drs_ledger_counts(run->record.id);
}
