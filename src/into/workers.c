/*
 * workers.c
 *		Runs the parts of a run in background workers.
 *
 * A worker is told the id of the run and its part, and reads the rest in the
 * ledger, as a resumed run does.  What the ledger does not know goes through
 * a piece of shared memory: the caller's settings, the permits for requests
 * that all share, and how each worker ended.  No preloading is needed.
 *
 * Each worker holds a lock on its part, so that a run resumed in haste cannot
 * overtake one that is still about to end.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "libpq/pqsignal.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/subxact.h"
#include "base/waitevents.h"
#include "into/workers.h"
#include "rows/keyranges.h"

#define LIBRARY "datarobot_scoring"

/* How often the leader looks after its workers, should it miss their signal, or less: see wait_for_latch(). */
#define LOOK_EVERY_MS 1000L

#define REPORT_BYTES 512		/* of each text of an error */

typedef enum WorkerState
{
	WORKER_RUNNING,
	WORKER_DONE,
	WORKER_FAILED
} WorkerState;

/* How a worker ended; written by it alone. */
typedef struct WorkerReport
{
	WorkerState state;
	int			sqlerrcode;
	char		message[REPORT_BYTES];
	char		detail[REPORT_BYTES];
	char		hint[REPORT_BYTES];
} WorkerReport;

/* Head of the shared memory; behind the reports stand the permit_holder and the settings. */
typedef struct SharedRun
{
	int64		run_id;
	Oid			database;
	Oid			session_user;
	Oid			role;			/* of SET ROLE; InvalidOid: none */
	Size		limiter_at;		/* from the start of the segment; 0: there is none */
	Size		settings_at;
	Barrier		all_have_read;
	WorkerReport reports[FLEXIBLE_ARRAY_MEMBER];	/* by part, from 0 */
} SharedRun;

typedef struct Team
{
	const Run  *run;
	int			count;			/* 0: nothing is shared yet */
	dsm_segment *segment;
	SharedRun  *shared;
	BackgroundWorkerHandle **workers;
} Team;

PGDLLEXPORT void drs_worker_main(Datum arg);

void
drs_workers_check(const Run *run)
{
	if (run->options->write.workers > run->options->transfer.concurrency)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there are more workers than requests in flight"),
				 errdetail("\"workers\" is %d, \"concurrency\" is %d.", run->options->write.workers, run->options->transfer.concurrency)));
	if (run->options->write.snapshot == SNAPSHOT_RUN)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("workers do not see one moment"),
				 errdetail("Each takes its own snapshot, so that \"snapshot\" => 'run' needs one worker.")));
	if (!OidIsValid(run->target->oid))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("workers cannot create %s", run->target->name),
				 errdetail("Each of them would, with its first answer."),
				 errhint("Create the table first.")));
	if (run->feedback == FEEDBACK_CERTAIN)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("workers cannot read %s, which they write to", run->target->name),
				 errdetail("They would score what they have inserted.")));
	if (drs_reader_may_write(run->reader))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("workers cannot share a query that calls functions which may write"),
				 errdetail("A function of it is declared volatile, and each worker would come upon what the others have it write."),
				 errhint("Declare a function that only reads stable.")));
	if (run->target->temporary || drs_reader_is_temporary(run->reader))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("workers cannot use temporary tables"),
				 errdetail("Only the session that made a temporary table can see it.")));
}

void
drs_workers_split(Run *run)
{
	List	   *end;

	run->record.split_keys = drs_keyranges_cut(run->record.query, run->options->call.key_columns, run->options->write.workers, &end);
	if (run->record.end_key == NIL && end != NIL)
		drs_ledger_set_end(run->record.id, run->record.end_key = end);
	drs_ledger_set_splits(run->record.id, run->record.split_keys);
}

static void
open_team(Team *team)
{
	const Run  *run = team->run;
	int			count = list_length(run->record.split_keys) + 1;
	Size		head = MAXALIGN(offsetof(SharedRun, reports) + sizeof(WorkerReport) * count);
	Size		permit_holder = run->plan.permit_holder ? MAXALIGN(drs_permits_size(count)) : 0;
	Size		settings = EstimateGUCStateSpace();
	SharedRun  *shared;

	team->workers = palloc0(sizeof(BackgroundWorkerHandle *) * count);
	team->segment = dsm_create(head + permit_holder + settings, 0);
	dsm_pin_mapping(team->segment);	/* transactions come and go meanwhile */
	team->shared = shared = dsm_segment_address(team->segment);
	memset(shared, 0, head);
	shared->run_id = run->record.id;
	shared->database = MyDatabaseId;
	shared->session_user = GetSessionUserId();
	shared->role = GetCurrentRoleId();
	shared->limiter_at = permit_holder > 0 ? head : 0;
	shared->settings_at = head + permit_holder;
	BarrierInit(&shared->all_have_read, count);
	if (permit_holder > 0)
		drs_permits_init((char *) shared + head, run->options->transfer.concurrency, count);
	SerializeGUCState(settings, (char *) shared + shared->settings_at);
	team->count = count;
}

static void
start_worker(Team *team, int index)
{
	BackgroundWorker worker = {0};

	snprintf(worker.bgw_name, BGW_MAXLEN, "datarobot_scoring run " INT64_FORMAT " part %d", team->shared->run_id, index + 1);
	snprintf(worker.bgw_type, BGW_MAXLEN, "datarobot_scoring");
	snprintf(worker.bgw_library_name, sizeof(worker.bgw_library_name), LIBRARY);
	snprintf(worker.bgw_function_name, sizeof(worker.bgw_function_name), "drs_worker_main");
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	worker.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(team->segment));
	memcpy(worker.bgw_extra, &index, sizeof(index));
	worker.bgw_notify_pid = MyProcPid;
	if (!RegisterDynamicBackgroundWorker(&worker, &team->workers[index]))
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("no background worker is free for part %d of %d", index + 1, team->count),
				 errhint("Raise max_worker_processes, or lower \"workers\".")));
}

static void
stop_workers(Team *team)
{
	for (int i = 0; i < team->count; i++)
		if (team->workers[i])
			TerminateBackgroundWorker(team->workers[i]);
}

/* Has a worker ended?  One that ended without a report was killed. */
static bool
has_ended(const Team *team, int index)
{
	pid_t		pid;
	BgwHandleStatus status;

	if (team->workers[index] == NULL)
		return true;
	status = GetBackgroundWorkerPid(team->workers[index], &pid);
	return status == BGWH_STOPPED || status == BGWH_POSTMASTER_DIED;
}

/* Is any part at its end without being done? */
static bool
has_failed(const Team *team)
{
	for (int i = 0; i < team->count; i++)
		if (has_ended(team, i) && team->shared->reports[i].state != WORKER_DONE)
			return true;
	return false;
}

static void
wait_for_latch(void)
{
	InvalidateCatalogSnapshotConditionally();
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, drs_wait_limit(LOOK_EVERY_MS),
					 drs_wait_event(WAIT_FOR_WORKERS));
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

static bool
all_ended(const Team *team)
{
	for (int i = 0; i < team->count; i++)
		if (!has_ended(team, i))
			return false;
	return true;
}

static void
start_team(void *arg)
{
	Team	   *team = arg;

	open_team(team);
	for (int i = 0; i < team->count; i++)
		start_worker(team, i);
}

static void
wait_a_while(void *arg)
{
	wait_for_latch();
}

/*
 * Until the last worker has ended or one has failed.  No transaction lasts as
 * long as that: transaction_timeout is not about the run.
 */
static ErrorData *
await_team(Team *team)
{
	ErrorData  *error = NULL;

	while (error == NULL && !all_ended(team) && !has_failed(team))
	{
		error = drs_attempt(wait_a_while, NULL, false);
		if (error == NULL)
			error = drs_commit();
	}
	return error;
}

/* The error of a worker that failed by itself, or else of one that was killed; NULL when all are done. */
static void
raise_report(void *arg)
{
	const Team *team = arg;
	const WorkerReport *report = NULL;

	for (int i = 0; i < team->count && report == NULL; i++)
		if (team->shared->reports[i].state == WORKER_FAILED)
			report = &team->shared->reports[i];
	if (report)
		ereport(ERROR,
				(errcode(report->sqlerrcode),
				 errmsg_internal("%s", report->message),
				 report->detail[0] ? errdetail_internal("%s", report->detail) : 0,
				 report->hint[0] ? errhint("%s", report->hint) : 0,
				 errcontext("background worker for part %d of the run", (int) (report - team->shared->reports) + 1)));
	if (has_failed(team))
		ereport(ERROR,
				(errcode(ERRCODE_ADMIN_SHUTDOWN),
				 errmsg("a background worker of run " INT64_FORMAT " ended before its part was done", team->shared->run_id),
				 errhint("The server's log may say why. The run can be resumed.")));
}

static void
stop_at_exit(int code, Datum arg)
{
	stop_workers((Team *) DatumGetPointer(arg));
}

void
drs_workers_run(Run *run)
{
	Team	   *team = palloc0(sizeof(Team));
	ErrorData  *error;

	drs_stream_close(run->stream);	/* it was opened to check the call */
	run->stream = NULL;
	team->run = run;
	PG_ENSURE_ERROR_CLEANUP(stop_at_exit, PointerGetDatum(team));
	{
		error = drs_attempt(start_team, team, false);
		if (error == NULL)
			error = await_team(team);
		if (error || has_failed(team))
			stop_workers(team);
		/* the run is not over before its workers are, however often it is cancelled */
		while (!all_ended(team))
			(void) drs_attempt(wait_a_while, NULL, false);
	}
	PG_END_ENSURE_ERROR_CLEANUP(stop_at_exit, PointerGetDatum(team));
	if (error == NULL)
		error = drs_attempt(raise_report, team, false);
	if (team->segment)
		dsm_detach(team->segment);
	if (error)
		drs_run_fail(run, error);
	drs_run_complete(run);
}

/* The worker's side. */

static void
take_role(const SharedRun *shared)
{
	StartTransactionCommand();
	RestoreGUCState((char *) shared + shared->settings_at);
	SetCurrentRoleId(shared->role, OidIsValid(shared->role) && superuser_arg(shared->role));
	CommitTransactionCommand();
}

/* The lower end of a part: where it stands, or the end of the part before it. */
static LedgerPosition
part_position(const Run *run, int part)
{
	LedgerPosition position = drs_ledger_position(run->record.id, part);

	if (position.last_key == NIL && part > 1)
		position.last_key = list_nth(run->record.split_keys, part - 2);
	return position;
}

static Run *
open_part(SharedRun *shared, int index)
{
	LedgerRun  *record = drs_ledger_get(shared->run_id);
	LedgerPosition position;
	const char *reason;
	RunCall		call;
	Run		   *run;
	int			part = index + 1;
	int			parts;

	if (record == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no run " INT64_FORMAT, shared->run_id)));
	if (!drs_ledger_lock_part(shared->run_id, part, CurrentMemoryContext))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("part %d of run " INT64_FORMAT " is still being worked on", part, shared->run_id)));
	call.deployment = record->deployment;
	call.query = record->query;
	call.output = record->target;
	call.arguments = record->arguments;
	run = drs_run_prepare(&call, NULL, &reason);
	run->record = *record;
	run->in_worker = true;
	run->before = drs_ledger_counts(shared->run_id);
	parts = list_length(record->split_keys) + 1;
	run->plan.rate_limit /= parts;
	if (shared->limiter_at > 0)
		run->plan.permit_holder = drs_permits_attach((char *) shared + shared->limiter_at, index);
	else
		run->plan.concurrency = Max(1, run->plan.concurrency / parts);
	position = part_position(run, part);
	drs_run_open(run, part, &position,
				 part < parts ? list_nth(record->split_keys, part - 1) : NIL);
	if (run->feedback != FEEDBACK_NONE)
		run->all_have_read = &shared->all_have_read;
	return run;
}

static void
work_on_part(SharedRun *shared, int index)
{
	Run		   *run;

	StartTransactionCommand();
	XactIsoLevel = XACT_READ_COMMITTED;	/* as the leader has it */
	PushActiveSnapshot(GetTransactionSnapshot());
	PortalContext = AllocSetContextCreate(TopMemoryContext, "datarobot_scoring worker", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(PortalContext);
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	run = open_part(shared, index);
	PopActiveSnapshot();
	drs_next_transaction();
	drs_run_slices(run);
	if (run->plan.permit_holder)
		drs_permits_detach(run->plan.permit_holder);
	SPI_finish();
	CommitTransactionCommand();
	pgstat_report_stat(true);
}

static void
report_error(WorkerReport *report)
{
	ErrorData  *error;

	MemoryContextSwitchTo(TopMemoryContext);
	error = CopyErrorData();
	FlushErrorState();
	report->sqlerrcode = error->sqlerrcode;
	strlcpy(report->message, error->message ? error->message : "", REPORT_BYTES);
	strlcpy(report->detail, error->detail ? error->detail : "", REPORT_BYTES);
	strlcpy(report->hint, error->hint ? error->hint : "", REPORT_BYTES);
	report->state = WORKER_FAILED;
}

void
drs_worker_main(Datum arg)
{
	dsm_segment *segment;
	SharedRun  *shared;
	int			index;

	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();
	memcpy(&index, MyBgworkerEntry->bgw_extra, sizeof(index));

	CurrentResourceOwner = ResourceOwnerCreate(NULL, "datarobot_scoring worker");
	segment = dsm_attach(DatumGetUInt32(arg));
	if (segment == NULL)
		return;					/* the leader is gone */
	dsm_pin_mapping(segment);
	shared = dsm_segment_address(segment);
	BackgroundWorkerInitializeConnectionByOid(shared->database, shared->session_user, DRS_BYPASS_LOGIN_CHECK);
	pgstat_report_activity(STATE_RUNNING, MyBgworkerEntry->bgw_name);
	PG_TRY();
	{
		take_role(shared);
		work_on_part(shared, index);
		shared->reports[index].state = WORKER_DONE;
	}
	PG_CATCH();
	{
		/* the leader tells its client; here it would only be told the log */
		report_error(&shared->reports[index]);
		AbortOutOfAnyTransaction();
	}
	PG_END_TRY();
	dsm_detach(segment);
}
