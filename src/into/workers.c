/*
 * workers.c
 *		Runs the parts of a run in background workers.
 *
 * A worker is given the id of the run and its part, and reads the rest from the
 * ledger, as a resumed run does.  What the ledger does not contain is shared in
 * memory: the permits for requests, and who has read.
 *
 * Each worker holds a lock on its part, so a run that is resumed early cannot
 * overtake one that is still about to end.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "pgstat.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"

#include "base/bgworker.h"
#include "base/subxact.h"
#include "into/ledgerlock.h"
#include "into/run.h"
#include "into/workers.h"

/* What the leader and its workers share; the permits come after it. */
typedef struct SharedRun
{
	int64		run_id;
	bool		has_permits;
	int			nparts;
	Barrier		all_have_read;
	CallCounters counters[FLEXIBLE_ARRAY_MEMBER];	/* by part */
} SharedRun;

PGDLLEXPORT void drs_worker_main(Datum arg);

void
drs_workers_check(const Options *options, const Target *target, const Reader *reader,
				  Feedback feedback)
{
	if (options->batch.method == METHOD_REALTIME &&
		options->write.workers > options->transfer.concurrency)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there are more workers than requests in flight"),
				 errdetail("\"workers\" is %d, \"concurrency\" is %d.", options->write.workers,
						   options->transfer.concurrency)));
	if (options->write.snapshot == SNAPSHOT_RUN)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("\"snapshot\" => 'run' cannot be combined with several workers"),
				 errdetail("Each worker takes its own snapshot.")));
	if (!OidIsValid(target->oid))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("workers cannot create %s", target->name),
				 errdetail("Each of them would, with its first answer."),
				 errhint("Create the table first.")));
	if (feedback == FEEDBACK_CERTAIN)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("workers cannot read %s, which they write to", target->name),
				 errdetail("They would score what they have inserted.")));
	if (drs_reader_may_write(reader))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("workers cannot share a query that calls functions which may write"),
				 errdetail("It calls a function that is declared volatile, and each worker would"
						   " read what the others write by it."),
				 errhint("Declare a function that only reads stable.")));
	if (target->temporary || drs_reader_is_temporary(reader))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("workers cannot use temporary tables"),
				 errdetail("Only the session that made a temporary table can see it.")));
}

static Size
permits_at(int nparts)
{
	return MAXALIGN(offsetof(SharedRun, counters) + sizeof(CallCounters) * nparts);
}

static void *
shared_permits(SharedRun *shared)
{
	return (char *) shared + permits_at(shared->nparts);
}

typedef struct RunSharing
{
	int64		run_id;
	int			nparts;
	int			permits;
	CallCounters *counters;
} RunSharing;

static void
init_shared(void *memory, void *arg)
{
	SharedRun  *shared = memory;
	const RunSharing *sharing = arg;

	shared->run_id = sharing->run_id;
	shared->has_permits = sharing->permits > 0;
	shared->nparts = sharing->nparts;
	BarrierInit(&shared->all_have_read, sharing->nparts);
	if (shared->has_permits)
		drs_permits_init(shared_permits(shared), sharing->permits, sharing->nparts);
}

/* What the workers have sent is the call's. */
static void
read_shared(const void *memory, void *arg)
{
	const SharedRun *shared = memory;
	const RunSharing *sharing = arg;

	for (int i = 0; i < shared->nparts; i++)
		drs_callcounters_add(sharing->counters, &shared->counters[i]);
}

ErrorData *
drs_workers_run(int64 run_id, int nparts, int permits, CallCounters *counters)
{
	RunSharing	sharing = {run_id, nparts, permits, counters};
	WorkerJob	job = {
		.name = psprintf("run " INT64_FORMAT, run_id),
		.function = "drs_worker_main",
		.nworkers = nparts,
		.shared_size = permits_at(nparts) + drs_permits_size(permits > 0 ? nparts : 0),
		.init_shared = init_shared,
		.read_shared = read_shared,
		.arg = &sharing,
		.hint_none_free = "Raise max_worker_processes, or lower \"workers\".",
		.hint_killed = "The server's log may say why. The run can be resumed."
	};

	return drs_bgworker_run(&job);
}

/* The worker's side. */

static LedgerRun *
take_part(const SharedRun *shared, int number)
{
	LedgerRun  *record = drs_ledger_get(shared->run_id);

	if (record == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no run " INT64_FORMAT, shared->run_id)));
	if (!drs_ledger_lock_part(shared->run_id, number, CurrentMemoryContext))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("part %d of run " INT64_FORMAT " is still being worked on", number,
						shared->run_id)));
	return record;
}

/*
 * Where a part begins, after its last committed slice or where the part before it
 * ends, and where it ends.
 */
static RunPart
part_of(const LedgerRun *record, int number)
{
	RunPart		part = {.number = number, .nparts = list_length(record->split_keys) + 1};

	part.position = drs_ledger_position(record->id, number);
	if (part.position.last_key == NIL && number > 1)
		part.position.last_key = list_nth(record->split_keys, number - 2);
	if (number < part.nparts)
		part.upto = list_nth(record->split_keys, number - 1);
	return part;
}

static void
score_part(SharedRun *shared, int index)
{
	LedgerRun  *record = take_part(shared, index + 1);
	RunCall		call = drs_run_call_of(record);
	RunPart		part = part_of(record, index + 1);
	Run		   *run = drs_run_prepare(&call, NULL);

	part.all_have_read = &shared->all_have_read;
	part.counters = &shared->counters[index];
	if (shared->has_permits)
		part.permits = drs_permits_attach(shared_permits(shared), index);
	drs_run_adopt(run, record);
	drs_run_open_part(run, &part);
	PopActiveSnapshot();
	drs_next_transaction();
	drs_run_score_part(run);
	if (part.permits)
		drs_permits_detach(part.permits);
}

static void
work_on_part(void *shared, int index)
{
	StartTransactionCommand();
	XactIsoLevel = XACT_READ_COMMITTED;	/* as in the leader */
	PushActiveSnapshot(GetTransactionSnapshot());
	PortalContext = AllocSetContextCreate(TopMemoryContext, "datarobot_scoring worker",
										  ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(PortalContext);
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	score_part(shared, index);
	SPI_finish();
	CommitTransactionCommand();
	pgstat_report_stat(true);
}

void
drs_worker_main(Datum arg)
{
	drs_bgworker_main(arg, work_on_part);
}
