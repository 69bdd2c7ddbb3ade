/*
 * run.c
 *		Prepares runs, and goes through them.
 *
 * A sliced run alternates between three things, each ended before the next:
 *
 *		read		a transaction that reads rows until the pipeline is full
 *		await		no snapshot, no lock, nothing: the network is waited for
 *		write		what was answered is taken, and a transaction writes it and the ledger
 *
 * Reading goes ahead of writing by what the pipeline holds, so that the end
 * of a slice does not empty it.  A write that another transaction was in the
 * way of is done again: all that it needs is kept until it is committed.  Any
 * other error is written to the ledger, in a transaction of its own, before it
 * goes on its way.
 *
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "postmaster/interrupt.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "api/address.h"
#include "api/featurecompare.h"
#include "api/targetkind.h"
#include "base/clock.h"
#include "base/subxact.h"
#include "base/waitevents.h"
#include "config/renaming.h"
#include "into/announcement.h"
#include "into/run.h"
#include "into/writeretry.h"
#include "realtime/pipeline.h"
#include "rows/scope.h"
#include "rows/source.h"

/* A transaction that waits for the network is ended after so long, and another goes on. */
#define RENEW_MS 1000

static bool covers_keys(const Options *options);
static void open_stages(Run *run, TupleDesc desc);
static void open_stream(Run *run, int64 rows_before);
static bool needs_held_permits(const Options *options);
static void step(Run *run, void (*work) (void *arg), bool snapshot);
static void write_step(Run *run, void (*work) (void *arg));
static ErrorData *write_and_commit(Run *run, void (*work) (void *arg));
static void read_rows(void *arg);
static void await_answer(void *arg);
static void take_answers(void *arg);
static void write_open_slice(void *arg);
static void write_rest(void *arg);
static bool gather(Run *run);
static void take_next(Run *run);
static void take_row(Run *run);
static void take_forecast(Run *run);
static bool is_full(const Run *run);
static bool starts_slice(Run *run);
static void check_model(const Run *run, const char *first, const char *model_id);
static void check_rejections(const Run *run);
static void write_slice(Run *run);
static void settle_write(Run *run);
static void undo_write(Run *run);
static void save_slice(Run *run, const ErrorData *error);
static bool is_all_taken(const Run *run);

Run *
drs_run_prepare(const RunCall *call, const char *bound, const char **reason)
{
	Run		   *run = palloc0(sizeof(Run));
	const Options *options;

	run->cxt = CurrentMemoryContext;
	run->step_cxt = AllocSetContextCreate(run->cxt, "datarobot_scoring step", ALLOCSET_DEFAULT_SIZES);
	run->endpoint = drs_endpoint_resolve(NULL, call->arguments, OPTION_WRITE);
	run->options = options = &run->endpoint->options;
	run->plan = drs_pipeline_plan(options);
	run->forecasts = drs_forecasts_wanted(options);
	if (run->forecasts)
		drs_forecasts_check(options);
	run->request = drs_address_request(run->endpoint, call->deployment);
	run->target = drs_target_find(call->output, options->write.statement_type == STATEMENT_CREATE_TABLE ||
								  options->write.create_table_if_not_exists,
								  options->write.statement_type == STATEMENT_INSERT ||
								  options->write.statement_type == STATEMENT_UPSERT);
	run->reject_limit = drs_reject_limit(options);

	run->record.owner = GetUserId();
	run->record.server = run->endpoint->server_name;
	run->record.deployment = run->request->deployment;
	run->record.query = call->query;
	run->record.target = run->target->name;
	run->record.statement_type = pstrdup(drs_statement_type_name(options->write.statement_type));
	run->record.arguments = call->arguments;
	run->record.search_path = pstrdup(namespace_search_path);

	*reason = bound ? bound :
		options->call.key_columns == NIL ? "no key_columns are named" :
		!covers_keys(options) ? "where_columns does not name all key columns" :
		run->forecasts && !drs_forecasts_follow_keys(options) ?
		"key_columns do not begin with series_columns and time_column" : NULL;
	run->sliced = *reason == NULL;
	run->record.mode = run->sliced ? "sliced" : "transaction";
	return run;
}

/* Two slices of a run must not meet the same row of the target: where columns that hold the keys see to that. */
static bool
covers_keys(const Options *options)
{
	ListCell   *key;

	if (options->write.where_columns == NIL)
		return true;
	foreach(key, options->call.key_columns)
	{
		const char *renamed = drs_renaming_apply(options->write.column_names_remapping, lfirst(key));
		bool		found = false;
		ListCell   *where;

		foreach(where, options->write.where_columns)
			found |= renamed && strcmp(lfirst(where), renamed) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* What follows from the columns of the query; all checks on the target are made here. */
static void
open_stages(Run *run, TupleDesc desc)
{
	run->columns = drs_features_choose(run->endpoint, run->request->deployment, CreateTupleDescCopy(desc), true);
	run->output = drs_output_match(run->target, run->columns, run->options, run->record.deployment);
	run->writer = drs_writer_open(run->target, run->output, run->options, run->sliced);
	drs_writer_check(run->writer);
	run->partitions = drs_targetpartition_check(run->target, run->output, run->options);
	if (!OidIsValid(run->target->oid))
		drs_targetkind_learn(run->endpoint, run->request);	/* types of columns are for good */
	run->slice = drs_slice_open(run->output, run->columns, run->options);
	run->needed_column = drs_forecasts_needed_column(run->target, run->output);
	if (!run->in_worker)
		drs_output_announce(run->target, run->output, run->options);
}

static void
open_stream(Run *run, int64 rows_before)
{
	run->plan.first_row = (uint64) rows_before + 1;
	run->plan.isolates = run->options->write.on_error != ON_ERROR_STOP;
	run->plan.takes_forecasts = run->forecasts;
	run->stream = drs_pipeline_open(run->endpoint, run->request, run->columns, run->output->shape, &run->plan);
}

/*
 * While a slice is no more than a chunk, chunks that are answered but not
 * committed count as in flight: then no more than "concurrency" of them are
 * sent again after a crash.  Larger slices were asked for, and that price with
 * them: those of the open slice come on top.
 */
static bool
needs_held_permits(const Options *options)
{
	return options->write.commit_interval < 0 && options->write.commit_rows <= options->transfer.chunk_rows;
}

/* Rows that fill the pipeline, about. */
static int
rows_per_read(const Run *run)
{
	return (int) Min((int64) run->options->transfer.chunk_rows * run->plan.concurrency, 1000000);
}

/*
 * Whoever goes on writes to what was written to before; a new run notes what
 * that is.  Where the target is still to be made, the first slice does.
 */
static void
know_target(Run *run)
{
	if (run->record.identity.relations != NIL)
		drs_targetidentity_check(&run->record.identity, run->record.target, true);
	else if (run->record.id == 0)
		run->record.identity = drs_targetidentity_of(run->record.target);
	else
		drs_target_check_new(run->target, run->options->write.statement_type == STATEMENT_CREATE_TABLE);
}

/* What was read before ends at a key, which is a place in one order only. */
static void
know_key(Run *run)
{
	List	   *now = drs_key_types(drs_reader_key(run->reader));
	bool		same = list_length(run->record.key_types) == list_length(now);
	ListCell   *a;
	ListCell   *b;

	if (run->record.id == 0)
		run->record.key_types = now;
	else
	{
		forboth(a, run->record.key_types, b, now)
			same &= strcmp(lfirst(a), lfirst(b)) == 0;
		if (!same)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("the key columns of the query are not any more what they were when run " INT64_FORMAT " began",
							run->record.id),
					 errdetail("Their types or collations are others, and so is the order of the rows."),
					 errhint("Score anew, without \"resume\".")));
	}
}

/* Where the run ends is known from its beginning, unless it is found by reading all at once. */
static void
fix_end(Run *run)
{
	if (run->record.end_key != NIL)
		return;
	drs_reader_fix_end(run->reader);
	run->record.end_key = drs_reader_end(run->reader);
	if (run->record.end_key != NIL && run->record.id != 0)
		drs_ledger_set_end(run->record.id, run->record.end_key);
}

void
drs_run_open(Run *run, int part, const LedgerPosition *position, List *upto)
{
	KeyRange	range = {position->last_key, upto, run->record.end_key};

	run->part = part;
	run->slices = position->slices;
	run->committed_at = drs_clock();
	know_target(run);
	run->reader = drs_reader_open(run->record.query, run->options->call.key_columns, &range,
								  run->options->write.snapshot == SNAPSHOT_RUN, rows_per_read(run));
	know_key(run);
	run->feedback = drs_feedback(run->target, run->options->write.statement_type != STATEMENT_UPDATE, run->reader);
	if (run->feedback != FEEDBACK_NONE)
		drs_reader_spool_all(run->reader);	/* else it could come upon rows that it has brought about */
	fix_end(run);
	open_stages(run, drs_reader_desc(run->reader));
	if (run->plan.permit_holder == NULL && needs_held_permits(run->options))
		run->plan.permit_holder = drs_permits_local(run->plan.concurrency);
	open_stream(run, position->rows_read);
	/* without its history, nothing can be said of the rows that a series was given since */
	if (run->forecasts && position->last_key)
		run->scored = drs_forecasts_series_of(run->columns->desc, run->options, position->last_key);
}

/* Note the end in the ledger where it was found by reading to it. */
static void
note_end(Run *run)
{
	MemoryContext old;

	if (!run->sliced || run->record.end_key != NIL)
		return;
	old = MemoryContextSwitchTo(run->cxt);
	run->record.end_key = drs_reader_end(run->reader);
	MemoryContextSwitchTo(old);
	if (run->record.end_key != NIL)
		drs_ledger_set_end(run->record.id, run->record.end_key);
}

static void
begin_reading(void *arg)
{
	Run		   *run = arg;

	drs_reader_begin(run->reader);
	note_end(run);
}

static void
await_other_readers(void *arg)
{
	Run		   *run = arg;

	InvalidateCatalogSnapshotConditionally();
	(void) BarrierArriveAndWait(run->all_have_read, drs_wait_event(WAIT_FOR_READERS));
}

void
drs_run_slices(Run *run)
{
	bool		more = true;

	if (run->all_have_read)
	{
		step(run, begin_reading, true);
		step(run, await_other_readers, false);
	}
	while (more)
	{
		if (!run->input_ended && drs_stream_has_room(run->stream))
			step(run, read_rows, !drs_reader_is_spooled(run->reader));
		more = run->stream->rows_put > run->stream->rows_taken;
		if (more)
		{
			step(run, await_answer, false);
			do
			{
				step(run, take_answers, true);
				if (run->due)
					write_step(run, write_open_slice);
			} while (run->full);
		}
		more |= !run->input_ended;
	}
	write_step(run, write_rest);
}

/* What one transaction does. */
typedef struct Step
{
	Run		   *run;
	void		(*work) (void *arg);
} Step;

/* As whom and with which path the run began, whatever a trigger has set since. */
static void
work_as_begun(void *arg)
{
	const Step *this = arg;
	const LedgerRun *record = &this->run->record;
	int			nestlevel = NewGUCNestLevel();

	if (!drs_ledger_keep_locks())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("run " INT64_FORMAT " was taken over by another process", record->id)));
	if (GetUserId() != record->owner)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the role was changed while run " INT64_FORMAT " was going on", record->id)));
	if (strcmp(namespace_search_path, record->search_path) != 0)
		(void) set_config_option("search_path", record->search_path, PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	this->work(this->run);
	AtEOXact_GUC(true, nestlevel);
}

/* Do one thing and end its transaction; returns NULL, or why it was undone. */
static ErrorData *
do_and_commit(Run *run, void (*work) (void *arg), bool snapshot)
{
	Step		this = {run, work};
	ErrorData  *error;

	if (run->in_worker && ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
	}
	error = drs_attempt(work_as_begun, &this, snapshot);
	return error ? error : drs_commit();
}

/* Do one thing and end its transaction.  An error is put into the ledger first. */
static void
step(Run *run, void (*work) (void *arg), bool snapshot)
{
	MemoryContext old = MemoryContextSwitchTo(run->step_cxt);
	ErrorData  *error = do_and_commit(run, work, snapshot);

	if (error)
	{
		save_slice(run, error);
		drs_run_fail(run, error);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(run->step_cxt);
}

/* The same for what writes. */
static void
write_step(Run *run, void (*work) (void *arg))
{
	MemoryContext old = MemoryContextSwitchTo(run->step_cxt);
	ErrorData  *error = write_and_commit(run, work);

	if (error)
		drs_run_fail(run, error);
	MemoryContextSwitchTo(old);
	MemoryContextReset(run->step_cxt);
}

/* Write and commit, as often as it takes and is sensible; returns NULL, or why it was undone. */
static ErrorData *
write_and_commit(Run *run, void (*work) (void *arg))
{
	Retry		retry = {0};
	ErrorData  *error;

	while ((error = do_and_commit(run, work, true)) != NULL)
	{
		undo_write(run);
		if (!drs_writeretry_wanted(&retry, error))
			return error;
		drs_next_transaction(); /* nothing is held while the other ends */
		error = drs_attempt(drs_writeretry_pause, &retry, false);
		if (error)
			return error;
	}
	settle_write(run);
	run->to_release = true;
	return NULL;
}

static void
write_open_slice(void *arg)
{
	write_slice(arg);
}

/* Add what has been decoded and not taken: looking after the network in between can raise. */
static void
take_decoded(void *arg)
{
	Run		   *run = arg;

	while (drs_stream_has_prediction(run->stream) && !starts_slice(run) && !is_full(run))
		take_next(run);
}

/*
 * What was answered before an error need not be asked for again.  A cancel is
 * obeyed at once, and who wants one commit at the end wants none before.
 */
static void
save_slice(Run *run, const ErrorData *error)
{
	if (!run->slice->whole || error->sqlerrcode == ERRCODE_QUERY_CANCELED || run->options->write.commit_interval == 0)
		return;
	(void) drs_attempt(take_decoded, run, true);
	if (run->slice->read > 0 && run->slice->whole)
		(void) write_and_commit(run, write_open_slice);
}

typedef struct Ending
{
	const Run  *run;
	const ErrorData *error;
} Ending;

static void
note_failure(void *arg)
{
	const Ending *ending = arg;
	int			sqlerrcode = ending->error->sqlerrcode;

	if (!drs_ledger_keep_locks())
		return;					/* another process goes on with it already */
	drs_ledger_end(ending->run->record.id, sqlerrcode == ERRCODE_QUERY_CANCELED ? "cancelled" : "failed",
				   unpack_sql_state(sqlerrcode), ending->error->message);
}

void
drs_run_fail(Run *run, ErrorData *error)
{
	Ending		ending = {run, error};
	ErrorData  *second = NULL;

	if (run->stream)
		drs_stream_close(run->stream);
	if (!run->in_worker)
		second = drs_attempt(note_failure, &ending, true);
	if (second)
		ereport(WARNING,
				(errcode(second->sqlerrcode),
				 errmsg("could not note the failure of run " INT64_FORMAT ": %s", run->record.id, second->message)));
	else
		drs_next_transaction();
	ReThrowError(error);
}

static bool
put_row(const Datum *values, const bool *isnull, void *arg)
{
	Run		   *run = arg;
	int			commit_rows = run->options->write.commit_rows;

	if (run->scored && drs_forecasts_is_series_column(run->scored, values))
		return true;
	run->scored = NULL;
	if (run->partitions)
		drs_targetpartition_check_row(run->partitions, run->columns, values, isnull);
	drs_stream_put(run->stream, values, isnull);
	if (commit_rows > 0 && run->stream->rows_put - run->stream->cut_at >= (uint64) commit_rows)
		drs_stream_cut(run->stream);	/* no request may belong to two slices */
	return drs_stream_has_room(run->stream);
}

/* Give permits back that are to be: they go to the next chunks, which are sent at once. */
static void
release(Run *run)
{
	if (run->plan.permit_holder && run->to_release)
		drs_stream_release(run->stream);
	run->to_release = false;
}

static void
read_rows(void *arg)
{
	Run		   *run = arg;

	release(run);
	drs_endpoint_check_still_there(run->endpoint);
	run->input_ended = !drs_reader_read(run->reader, put_row, run);
	if (run->input_ended)
		drs_stream_finish(run->stream);
	note_end(run);
}

/* Until when a wait may last: well within the time that a transaction may. */
static TimestampTz
renewal_time(void)
{
	return TimestampTzPlusMilliseconds(drs_clock(), drs_wait_limit(RENEW_MS));
}

/*
 * A catalog that was looked into leaves a snapshot behind, which would last as
 * long as the wait.  The wait itself may be longer than transaction_timeout
 * allows: it goes on in another transaction.
 */
static void
await_answer(void *arg)
{
	Run		   *run = arg;

	release(run);
	InvalidateCatalogSnapshotConditionally();
	(void) drs_stream_await(run->stream, renewal_time());
}

/* Is the slice to be written, full or not? */
static bool
is_due(const Run *run)
{
	const Options *options = run->options;

	if (options->write.commit_interval > 0)
		return drs_clock() - run->committed_at >= (int64) (options->write.commit_interval * USECS_PER_SEC);
	return options->write.commit_interval < 0 && options->write.commit_rows == 0;
}

static void
take_answers(void *arg)
{
	Run		   *run = arg;

	release(run);
	run->full = gather(run);
	run->due = run->full || is_due(run);
	run->to_release = !run->due;	/* a slice of more chunks than there are permits would else never be full */
}

static bool
is_all_taken(const Run *run)
{
	return run->input_ended && run->stream->rows_put == run->stream->rows_taken;
}

/* Without an answer it is not known what columns a table would need. */
static void
tell_when_empty(const Run *run)
{
	LedgerCounts counts;

	if (OidIsValid(run->target->oid))
		return;
	counts = drs_ledger_counts(run->record.id);
	if (counts.written == 0)
		ereport(NOTICE,
				(errmsg(counts.read == 0 ? "the query has no rows, so that %s was not created" :
						"no row was answered, so that %s was not created", run->target->name)));
}

static void
note_completion(void *arg)
{
	const Run  *run = arg;

	tell_when_empty(run);
	drs_ledger_end(run->record.id, "completed", NULL, NULL);
}

static void
write_rest(void *arg)
{
	Run		   *run = arg;

	write_slice(run);
	if (!run->in_worker)
		note_completion(run);
}

void
drs_run_complete(Run *run)
{
	write_step(run, note_completion);
}

static void
take_next(Run *run)
{
	if (run->forecasts)
		take_forecast(run);
	else
		take_row(run);
}

/* Take what is there into the slice.  True: the slice is to be written before more is taken. */
static bool
gather(Run *run)
{
	while (drs_stream_ready(run->stream, false))
	{
		if (starts_slice(run))
			return true;
		take_next(run);
		if (is_full(run))
			return true;
	}
	return false;
}

static void
take_row(Run *run)
{
	const RowFailure *failure;
	const Datum *values;
	const bool *isnull;

	(void) drs_stream_take(run->stream, false, &values, &isnull);
	failure = drs_stream_failure(run->stream);
	drs_slice_add(run->slice, values, isnull, failure);
	if (failure)
		check_rejections(run);
	if (is_full(run) || !drs_stream_has_prediction(run->stream))
		drs_slice_end_at(run->slice, values, isnull);
}

/* Rows of forecasts are counted where their request ends, and a slice can end only there. */
static void
take_forecast(Run *run)
{
	const Datum *values;
	const bool *isnull;

	(void) drs_stream_take(run->stream, false, &values, &isnull);
	if (isnull[run->output->row_number] && run->needed_column)
		drs_forecasts_refuse_made(run->target, run->needed_column);
	drs_slice_add_forecast(run->slice, values, isnull);
	if (drs_stream_has_prediction(run->stream))
		return;
	drs_stream_sent_row(run->stream, false, &values, &isnull);
	drs_slice_count(run->slice, run->stream->sent_rows, values, isnull);
	drs_stream_sent_row(run->stream, true, &values, &isnull);
	drs_slice_end_at(run->slice, values, isnull);
}

/* Has the slice as many rows as it shall have, and can it be written? */
static bool
is_full(const Run *run)
{
	return run->sliced && run->options->write.commit_rows > 0 && run->slice->read >= run->options->write.commit_rows &&
		drs_writer_is_ready(run->writer, run->stream->facts);
}

/* Has the next answer other parts than those that are gathered?  They are written by another statement. */
static bool
has_other_parts(Run *run)
{
	if (drs_writer_is_outdated(run->writer, run->stream->facts))
	{
		if (!run->sliced)
			drs_writer_refuse_parts(run->writer, run->stream->facts);
		if (run->slice->read > 0)
			return true;
		drs_writer_renew(run->writer);
	}
	drs_writer_learn(run->writer, run->stream->facts);
	return false;
}

/* Has another model made the next answer? */
static bool
has_other_model(Run *run)
{
	Slice	   *slice = run->slice;
	const char *model_id = run->stream->model_id;

	if (drs_stream_next_failed(run->stream) ||
		(model_id == NULL && !run->options->write.consistent_model) ||
		(slice->model_id && model_id && strcmp(slice->model_id, model_id) == 0))
		return false;
	check_model(run, run->record.model_id ? run->record.model_id : slice->model_id, model_id);
	if (slice->model_id && run->sliced)
		return true;
	slice->model_id = MemoryContextStrdup(slice->cxt, model_id);
	return false;
}

/* A slice holds answers of one model and with the same parts. */
static bool
starts_slice(Run *run)
{
	int64		answer = run->stream->answers;

	if (run->slice->answer == answer)
		return false;			/* one of its rows is there already */
	if (has_other_parts(run) || has_other_model(run))
		return true;
	if (!drs_stream_next_failed(run->stream))
		run->slice->answer = answer;
	return false;
}

/* first is the model that all answers are to come from, NULL while there is none. */
static void
check_model(const Run *run, const char *first, const char *model_id)
{
	if (!run->options->write.consistent_model)
		return;
	if (model_id == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("\"consistent_model\" is asked for, but server \"%s\" does not tell its model",
						run->endpoint->server_name)));
	if (first && strcmp(first, model_id) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the model of deployment %s was replaced at slice %d", run->record.deployment, run->slices + 1),
				 errdetail("The run began with model %s; model %s answers now.", first, model_id),
				 errhint("What was written so far is of the first model. Score anew, or without \"consistent_model\".")));
}

static void
check_rejections(const Run *run)
{
	RejectTally tally;

	tally.read = run->before.read + (int64) run->stream->rows_put;
	tally.settled = run->before.read + run->counts.read + run->slice->read;
	tally.rejected = run->before.rejected + run->counts.rejected + list_length(run->slice->rejections);
	tally.bytes = run->rejected_bytes + run->slice->rejected_bytes;
	drs_reject_limit_check(&run->reject_limit, &tally, drs_slice_last_reason(run->slice));
}

/* A row could not be written; has the form that drs_writer_write asks for. */
static void
reject_row(const Datum *values, const bool *isnull, const ErrorData *error, void *arg)
{
	Run		   *run = arg;

	drs_slice_reject(run->slice, values, isnull, error);
	check_rejections(run);
}

/* Other workers have rows rejected too, and the limit is for all. */
static void
add_others(Run *run)
{
	run->before = drs_ledger_counts(run->record.id);
	run->before.read -= run->counts.read;
	run->before.rejected -= run->counts.rejected;
}

/* The first slice makes its model the run's, unless another worker's has been first. */
static void
claim_model(Run *run)
{
	const char *own = run->slice->model_id;
	const char *claimed = drs_ledger_claim_model(run->record.id, own);

	if (claimed == NULL)
		claimed = own;
	check_model(run, claimed, own);
	run->written.model_id = MemoryContextStrdup(run->cxt, claimed);
}

/* The target has come into being with this slice, or was there at last. */
static void
note_target(Run *run)
{
	MemoryContext old = MemoryContextSwitchTo(run->cxt);

	run->record.identity = drs_targetidentity_of(run->record.target);
	MemoryContextSwitchTo(old);
	drs_ledger_set_identity(run->record.id, &run->record.identity);
	run->target_noted = true;
}

/*
 * Write the slice and its entry; both or neither will be committed.  Then
 * settle_write() goes on to the next slice, or undo_write() makes this one
 * what it was.
 */
static void
write_slice(Run *run)
{
	Slice	   *slice = run->slice;
	LedgerSlice *entry = &run->written;

	if (slice->read == 0)
		return;
	/* rows that failed cannot tell what columns a table would need: they wait for one that did not */
	if (!drs_writer_is_ready(run->writer, run->stream->facts) && !is_all_taken(run))
		return;
	drs_endpoint_check_still_there(run->endpoint);
	if (run->record.identity.relations != NIL)
		drs_targetidentity_check(&run->record.identity, run->record.target, false);
	entry->run_id = run->record.id;
	entry->part = run->part;
	entry->number = run->slices + 1;
	entry->first_key = slice->first_key;
	entry->last_key = slice->last_key;
	entry->model_id = slice->model_id;
	entry->counts.written = drs_writer_write(run->writer, slice->rows, run->stream->facts, run->record.id,
											 reject_row, run);
	if (run->sliced && run->record.identity.relations == NIL)
		note_target(run);
	if (run->in_worker && slice->rejections)
		add_others(run);
	check_rejections(run);
	entry->counts.read = slice->read;
	entry->counts.rejected = list_length(slice->rejections);
	drs_ledger_add_slice(entry);
	drs_ledger_add_rejections(run->record.id, run->part, entry->number, slice->rejections);
	if (slice->model_id && run->record.model_id == NULL)
		claim_model(run);
}

/* What was written is committed, or as good as that. */
static void
settle_write(Run *run)
{
	if (run->written.number <= run->slices)
		return;
	run->slices++;
	run->counts.read += run->written.counts.read;
	run->counts.written += run->written.counts.written;
	run->counts.rejected += run->written.counts.rejected;
	run->rejected_bytes += run->slice->rejected_bytes;
	if (run->record.model_id == NULL)
		run->record.model_id = unconstify(char *, run->written.model_id);
	run->committed_at = drs_clock();
	run->target_noted = false;
	drs_writer_settle(run->writer, true);
	drs_slice_clear(run->slice);
}

/* It is not: the slice is to be written again. */
static void
undo_write(Run *run)
{
	run->written.number = 0;
	if (run->target_noted)
		run->record.identity.relations = NIL;
	run->target_noted = false;
	drs_writer_settle(run->writer, false);
	drs_slice_rewind(run->slice);
}

/* One transaction: the rows come from the executor in any order, and are written at the end. */

static void
start_putting(TupleDesc desc, void *arg)
{
	/* all was opened before: what that takes is not allowed within a query */
}

static bool
put_and_take(TupleTableSlot *slot, void *arg)
{
	Run		   *run = arg;

	slot_getallattrs(slot);
	if (run->partitions)
		drs_targetpartition_check_row(run->partitions, run->columns, slot->tts_values, slot->tts_isnull);
	drs_stream_put(run->stream, slot->tts_values, slot->tts_isnull);
	while (!drs_stream_has_room(run->stream))
	{
		(void) drs_stream_await(run->stream, DT_NOEND);
		(void) gather(run);
	}
	return true;
}

/* The rows of a query without keys, as the executor has them. */
static void
score_by_query(Run *run)
{
	static const RowConsumer consumer = {start_putting, put_and_take};
	/* not in parallel: rows may be taken meanwhile, and that may need subtransactions */
	SPIPlanPtr	plan = drs_source_prepare(run->record.query, 0, NULL, 0);
	CachedPlanSource *source = linitial(SPI_plan_get_plan_sources(plan));

	open_stages(run, source->resultDesc);
	open_stream(run, 0);
	run->record.id = drs_ledger_begin(&run->record);
	drs_source_execute(plan, NULL, 0, &consumer, run);
	run->input_ended = true;
	drs_stream_finish(run->stream);
}

/* The same in the order of the keys, which are checked on the way. */
static void
score_by_key(Run *run)
{
	KeyRange	all = {NIL, NIL, NIL};

	run->reader = drs_reader_open(run->record.query, run->options->call.key_columns, &all,
								  run->options->write.snapshot == SNAPSHOT_RUN, rows_per_read(run));
	open_stages(run, drs_reader_desc(run->reader));
	open_stream(run, 0);
	run->record.id = drs_ledger_begin(&run->record);
	while (!run->input_ended)
	{
		read_rows(run);
		if (!run->input_ended && drs_stream_await(run->stream, DT_NOEND))
			(void) gather(run);
	}
}

/*
 * Write all.  A subtransaction lets go of what it locked in vain, so that this
 * can be done again, too; but the caller's locks remain, and under REPEATABLE
 * READ the snapshot that a serialization failure is about.
 */
static void
write_all(Run *run)
{
	Retry		retry = {0};
	ErrorData  *error;

	while ((error = drs_attempt(write_open_slice, run, true)) != NULL)
	{
		undo_write(run);
		if ((error->sqlerrcode == ERRCODE_T_R_SERIALIZATION_FAILURE && IsolationUsesXactSnapshot()) ||
			!drs_writeretry_wanted(&retry, error))
			ReThrowError(error);
		drs_writeretry_pause(&retry);
	}
	settle_write(run);
}

void
drs_run_in_transaction(Run *run)
{
	run->part = 1;
	drs_scope_connect(run->record.query);
	PushActiveSnapshot(GetTransactionSnapshot());
	if (run->options->call.key_columns)
		score_by_key(run);
	else
		score_by_query(run);
	while (drs_stream_await(run->stream, DT_NOEND))
		(void) gather(run);
	drs_writer_check_duplicates(run->writer, run->slice->rows);
	write_all(run);
	tell_when_empty(run);
	drs_ledger_end(run->record.id, "completed", NULL, NULL);
	drs_stream_close(run->stream);
	PopActiveSnapshot();
	SPI_finish();
}
