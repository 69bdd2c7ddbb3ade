/*
 * runend.c
 *		Records in the ledger how a run ended.
 */
#include "postgres.h"

#include "base/subxact.h"
#include "into/ledgerlock.h"
#include "into/run_internal.h"

/* Without an answer, the columns that a table would need are not known. */
static void
report_missing_table(const Run *run)
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

void
drs_run_note_end(Run *run)
{
	report_missing_table(run);
	if (run->by_jobs)
		drs_ledgerjob_settle_all(run->record.id);
	drs_ledger_end(run->record.id, RUN_COMPLETED, NULL, NULL);
}

typedef struct RunFailure
{
	const Run  *run;
	const ErrorData *error;
} RunFailure;

static void
note_failure(void *arg)
{
	const RunFailure *failure = arg;
	int			sqlerrcode = failure->error->sqlerrcode;

	if (!drs_ledger_keep_locks())
		return;					/* another process continues it already */
	drs_ledger_end(failure->run->record.id,
				   sqlerrcode == ERRCODE_QUERY_CANCELED ? RUN_CANCELLED : RUN_FAILED,
				   unpack_sql_state(sqlerrcode), failure->error->message);
}

void
drs_run_fail(Run *run, ErrorData *error)
{
	RunFailure	failure = {run, error};
	ErrorData  *second = NULL;

	drs_run_abort_jobs(run, error);
	if (run->stream)
		drs_stream_close(run->stream);
	if (!run->in_worker)
		second = drs_attempt(note_failure, &failure, true);
	if (second)
		ereport(WARNING,
				(errcode(second->sqlerrcode),
				 errmsg("could not note the failure of run " INT64_FORMAT ": %s", run->record.id,
						second->message)));
	else
		drs_next_transaction();
	ReThrowError(error);
}
