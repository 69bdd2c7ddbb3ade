/*
 * bgworker.c
 *		Launches background workers, and reports to their launcher how they ended.
 */
#include "postgres.h"

#include "access/xact.h"
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

#include "base/bgworker.h"
#include "base/compat.h"
#include "base/subxact.h"
#include "base/waitevents.h"

#define LIBRARY "datarobot_scoring"

/*
 * The launcher looks after its workers at least this often, in case it misses their
 * signal; more often if transaction_timeout is short.
 */
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

/* Head of the shared memory; after the reports come the caller's bytes and the settings. */
typedef struct WorkerShare
{
	Oid			database;
	Oid			session_user;
	Oid			role;			/* of SET ROLE; InvalidOid: none */
	Size		own_at;			/* the caller's bytes, from the start of the segment */
	Size		settings_at;
	WorkerReport reports[FLEXIBLE_ARRAY_MEMBER];	/* by index */
} WorkerShare;

typedef struct WorkerTeam
{
	const WorkerJob *job;
	int			nworkers;		/* 0: nothing is shared yet */
	dsm_segment *segment;
	WorkerShare *share;
	BackgroundWorkerHandle **workers;	/* by index; NULL: not launched */
} WorkerTeam;

static void
open_share(WorkerTeam *team)
{
	const WorkerJob *job = team->job;
	Size		head =
		MAXALIGN(offsetof(WorkerShare, reports) + sizeof(WorkerReport) * job->nworkers);
	Size		settings_at = head + MAXALIGN(job->shared_size);
	Size		settings = EstimateGUCStateSpace();
	WorkerShare *share;

	team->workers = palloc0(sizeof(BackgroundWorkerHandle *) * job->nworkers);
	team->segment = dsm_create(settings_at + settings, 0);
	dsm_pin_mapping(team->segment);	/* transactions come and go meanwhile */
	team->share = share = dsm_segment_address(team->segment);
	memset(share, 0, settings_at);
	share->database = MyDatabaseId;
	share->session_user = GetSessionUserId();
	share->role = GetCurrentRoleId();
	share->own_at = head;
	share->settings_at = settings_at;
	job->init_shared((char *) share + share->own_at, job->arg);
	SerializeGUCState(settings, (char *) share + share->settings_at);
	team->nworkers = job->nworkers;
}

static void
launch_worker(WorkerTeam *team, int index)
{
	const WorkerJob *job = team->job;
	BackgroundWorker worker = {0};

	snprintf(worker.bgw_name, BGW_MAXLEN, LIBRARY " %s part %d", job->name, index + 1);
	snprintf(worker.bgw_type, BGW_MAXLEN, LIBRARY);
	snprintf(worker.bgw_library_name, sizeof(worker.bgw_library_name), LIBRARY);
	snprintf(worker.bgw_function_name, sizeof(worker.bgw_function_name), "%s", job->function);
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	worker.bgw_main_arg = UInt32GetDatum(dsm_segment_handle(team->segment));
	memcpy(worker.bgw_extra, &index, sizeof(index));
	worker.bgw_notify_pid = MyProcPid;
	if (!RegisterDynamicBackgroundWorker(&worker, &team->workers[index]))
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("no background worker is free for part %d of %d", index + 1,
						team->nworkers),
				 errhint("%s", job->hint_none_free)));
}

static void
launch_team(void *arg)
{
	WorkerTeam *team = arg;

	open_share(team);
	for (int i = 0; i < team->nworkers; i++)
		launch_worker(team, i);
}

static void
stop_team(WorkerTeam *team)
{
	for (int i = 0; i < team->nworkers; i++)
		if (team->workers[i])
			TerminateBackgroundWorker(team->workers[i]);
}

static void
stop_team_at_exit(int code, Datum arg)
{
	stop_team((WorkerTeam *) DatumGetPointer(arg));
}

/* Has a worker ended?  One that ended without a report was killed. */
static bool
has_ended(const WorkerTeam *team, int index)
{
	pid_t		pid;
	BgwHandleStatus status;

	if (team->workers[index] == NULL)
		return true;
	status = GetBackgroundWorkerPid(team->workers[index], &pid);
	return status == BGWH_STOPPED || status == BGWH_POSTMASTER_DIED;
}

static bool
all_ended(const WorkerTeam *team)
{
	for (int i = 0; i < team->nworkers; i++)
		if (!has_ended(team, i))
			return false;
	return true;
}

/* Has any worker ended without having done its part? */
static bool
has_failed(const WorkerTeam *team)
{
	for (int i = 0; i < team->nworkers; i++)
		if (has_ended(team, i) && team->share->reports[i].state != WORKER_DONE)
			return true;
	return false;
}

static void
wait_for_latch(void *arg)
{
	InvalidateCatalogSnapshotConditionally();
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
					 drs_wait_limit(LOOK_EVERY_MS), drs_wait_event(WAIT_FOR_WORKERS));
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

/*
 * Wait until the last worker has ended or one has failed, in many transactions:
 * transaction_timeout is not meant for the whole job.
 */
static ErrorData *
await_team(WorkerTeam *team)
{
	ErrorData  *error = NULL;

	while (error == NULL && !all_ended(team) && !has_failed(team))
	{
		error = drs_attempt(wait_for_latch, NULL, false);
		if (error == NULL)
			error = drs_commit();
	}
	return error;
}

/*
 * Raise the error of a worker that failed by itself, or else one for a worker that
 * was killed; return when all have done their parts.
 */
static void
raise_failure(void *arg)
{
	const WorkerTeam *team = arg;
	const WorkerReport *report = NULL;

	for (int i = 0; i < team->nworkers && report == NULL; i++)
		if (team->share->reports[i].state == WORKER_FAILED)
			report = &team->share->reports[i];
	if (report)
		ereport(ERROR,
				(errcode(report->sqlerrcode),
				 errmsg_internal("%s", report->message),
				 report->detail[0] ? errdetail_internal("%s", report->detail) : 0,
				 report->hint[0] ? errhint("%s", report->hint) : 0,
				 errcontext("background worker for part %d of %s",
							(int) (report - team->share->reports) + 1, team->job->name)));
	if (has_failed(team))
		ereport(ERROR,
				(errcode(ERRCODE_ADMIN_SHUTDOWN),
				 errmsg("a background worker of %s ended before its part was done",
						team->job->name),
				 errhint("%s", team->job->hint_killed)));
}

ErrorData *
drs_bgworker_run(const WorkerJob *job)
{
	WorkerTeam *team = palloc0(sizeof(WorkerTeam));
	ErrorData  *error;

	team->job = job;
	PG_ENSURE_ERROR_CLEANUP(stop_team_at_exit, PointerGetDatum(team));
	{
		error = drs_attempt(launch_team, team, false);
		if (error == NULL)
			error = await_team(team);
		if (error || has_failed(team))
			stop_team(team);
		/* the job is not over before its workers are, however often it is cancelled */
		while (!all_ended(team))
			(void) drs_attempt(wait_for_latch, NULL, false);
	}
	PG_END_ENSURE_ERROR_CLEANUP(stop_team_at_exit, PointerGetDatum(team));
	if (error == NULL)
		error = drs_attempt(raise_failure, team, false);
	if (team->nworkers > 0)
		job->read_shared((const char *) team->share + team->share->own_at, job->arg);
	if (team->segment)
		dsm_detach(team->segment);
	return error;
}

/* The worker's side. */

static void
adopt_session(const WorkerShare *share)
{
	StartTransactionCommand();
	RestoreGUCState((char *) share + share->settings_at);
	SetCurrentRoleId(share->role, OidIsValid(share->role) && superuser_arg(share->role));
	CommitTransactionCommand();
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

/* Do the part with the roles and settings of the session; report an error. */
static void
do_part(WorkerShare *share, int index, WorkerPart work)
{
	PG_TRY();
	{
		adopt_session(share);
		work((char *) share + share->own_at, index);
		share->reports[index].state = WORKER_DONE;
	}
	PG_CATCH();
	{
		/* the launcher raises it for its client; raised here, it would only reach the log */
		report_error(&share->reports[index]);
		AbortOutOfAnyTransaction();
	}
	PG_END_TRY();
}

void
drs_bgworker_main(Datum arg, WorkerPart work)
{
	dsm_segment *segment;
	WorkerShare *share;
	int			index;

	pqsignal(SIGTERM, die);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();
	memcpy(&index, MyBgworkerEntry->bgw_extra, sizeof(index));

	CurrentResourceOwner = ResourceOwnerCreate(NULL, "datarobot_scoring worker");
	segment = dsm_attach(DatumGetUInt32(arg));
	if (segment == NULL)
		return;					/* the launcher is gone */
	dsm_pin_mapping(segment);
	share = dsm_segment_address(segment);
	BackgroundWorkerInitializeConnectionByOid(share->database, share->session_user,
											  DRS_BYPASS_LOGIN_CHECK);
	pgstat_report_activity(STATE_RUNNING, MyBgworkerEntry->bgw_name);
	do_part(share, index, work);
	dsm_detach(segment);
}
