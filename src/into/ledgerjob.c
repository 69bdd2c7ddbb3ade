/*
 * ledgerjob.c
 *		Keeps the record of the batch jobs of runs.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"

#include "into/ledgerjob.h"
#include "into/ledgersql.h"

#define JOB_COLUMNS "j.run_id, j.part::pg_catalog.int8, j.job::pg_catalog.int8, j.job_id," \
	" j.stage, j.rows_before, j.rows_sent, j.last_key"

/* The parameters of this are the stages that add_open_stages() adds. */
#define IS_OPEN(first) "j.stage = ANY (" first "::pg_catalog.text[])"

/* Holds for a run r that no process runs; $1 is LOCK_RUN. */
#define IS_FREE "NOT EXISTS (SELECT FROM pg_catalog.pg_locks l" \
	" WHERE l.locktype = 'object' AND l.objsubid = $1 AND l.granted" \
	" AND l.database = (SELECT oid FROM pg_catalog.pg_database" \
	" WHERE datname = pg_catalog.current_database())" \
	" AND l.classid = 'datarobot.run'::pg_catalog.regclass" \
	" AND l.objid::pg_catalog.int8 = r.run_id % 4294967296)"

static void
add_open_stages(LedgerParams *params)
{
	drs_ledgersql_texts(params,
						list_make3(unconstify(char *, drs_run_stage_name(RUN_JOB_BEGUN)),
								   unconstify(char *, drs_run_stage_name(RUN_JOB_SEALED)),
								   unconstify(char *, drs_run_stage_name(RUN_JOB_SENT))));
}

void
drs_ledgerjob_add(const LedgerJob *job)
{
	LedgerParams params = {0};

	drs_ledgersql_int8(&params, job->run_id);
	drs_ledgersql_int4(&params, job->part);
	drs_ledgersql_int4(&params, job->number);
	drs_ledgersql_text(&params, job->job_id);
	drs_ledgersql_text(&params, drs_run_stage_name(job->stage));
	drs_ledgersql_int8(&params, job->rows_before);
	(void) drs_ledger_sql("INSERT INTO datarobot.run_job (run_id, part, job, job_id, stage,"
						  " rows_before) VALUES ($1, $2, $3, $4, $5, $6)", &params, NULL, NULL);
}

void
drs_ledgerjob_change(const LedgerJob *job)
{
	LedgerParams params = {0};

	drs_ledgersql_int8(&params, job->run_id);
	drs_ledgersql_int4(&params, job->part);
	drs_ledgersql_int4(&params, job->number);
	drs_ledgersql_text(&params, drs_run_stage_name(job->stage));
	drs_ledgersql_add(&params, INT8OID, Int64GetDatum(job->rows), job->rows == 0);
	drs_ledgersql_texts(&params, job->last_key);
	(void) drs_ledger_sql("UPDATE datarobot.run_job SET stage = $4, rows_sent = $5, last_key = $6,"
						  " changed_at = pg_catalog.clock_timestamp()"
						  " WHERE run_id = $1 AND part = $2 AND job = $3", &params, NULL, NULL);
}

void
drs_ledgerjob_settle_all(int64 run_id)
{
	LedgerParams params = {0};

	drs_ledgersql_int8(&params, run_id);
	drs_ledgersql_text(&params, drs_run_stage_name(RUN_JOB_SETTLED));
	add_open_stages(&params);
	(void) drs_ledger_sql("UPDATE datarobot.run_job j SET stage = $2,"
						  " changed_at = pg_catalog.clock_timestamp()"
						  " WHERE run_id = $1 AND " IS_OPEN("$3"), &params, NULL, NULL);
}

static void
read_jobs(void *arg)
{
	List	  **jobs = arg;

	for (uint64 i = 0; i < SPI_processed; i++)
	{
		LedgerJob  *job = palloc(sizeof(LedgerJob));

		job->run_id = drs_ledgerrow_int8(i, 1);
		job->part = (int) drs_ledgerrow_int8(i, 2);
		job->number = (int) drs_ledgerrow_int8(i, 3);
		job->job_id = drs_ledgerrow_text(i, 4);
		job->stage = drs_run_stage_of(drs_ledgerrow_text(i, 5));
		job->rows_before = drs_ledgerrow_int8(i, 6);
		job->rows = drs_ledgerrow_int8(i, 7);
		job->last_key = drs_ledgerrow_texts(i, 8);
		*jobs = lappend(*jobs, job);
	}
}

List *
drs_ledgerjob_open(int64 run_id, int part)
{
	LedgerParams params = {0};
	List	   *jobs = NIL;

	drs_ledgersql_int8(&params, run_id);
	drs_ledgersql_int4(&params, part);
	add_open_stages(&params);
	(void) drs_ledger_sql("SELECT " JOB_COLUMNS " FROM datarobot.run_job j"
						  " WHERE run_id = $1 AND ($2 = 0 OR part = $2) AND " IS_OPEN("$3")
						  " ORDER BY part, job", &params, read_jobs, &jobs);
	return jobs;
}

static void
read_number(void *arg)
{
	*(int64 *) arg = SPI_processed > 0 ? drs_ledgerrow_int8(0, 1) : 0;
}

int
drs_ledgerjob_last(int64 run_id, int part)
{
	LedgerParams params = {0};
	int64		number = 0;

	drs_ledgersql_int8(&params, run_id);
	drs_ledgersql_int4(&params, part);
	(void) drs_ledger_sql("SELECT max(job)::pg_catalog.int8 FROM datarobot.run_job"
						  " WHERE run_id = $1 AND part = $2", &params, read_number, &number);
	return (int) number;
}

bool
drs_ledgerjob_exists(int64 run_id, const char *job_id)
{
	LedgerParams params = {0};

	drs_ledgersql_int8(&params, run_id);
	drs_ledgersql_text(&params, job_id);
	return drs_ledger_sql("SELECT FROM datarobot.run_job WHERE run_id = $1 AND job_id = $2",
						  &params, NULL, NULL) > 0;
}

/* The first parameters: what IS_FREE needs, whose runs, and at which server. */
static void
add_free_runs(LedgerParams *params, const char *server)
{
	drs_ledgersql_int4(params, LOCK_RUN);
	drs_ledgersql_add(params, OIDOID, ObjectIdGetDatum(GetUserId()), false);
	drs_ledgersql_text(params, server);
}

List *
drs_ledgerjob_orphans(const char *server)
{
	LedgerParams params = {0};
	List	   *jobs = NIL;

	add_free_runs(&params, server);
	add_open_stages(&params);
	(void) drs_ledger_sql("SELECT " JOB_COLUMNS " FROM datarobot.run_job j"
						  " JOIN datarobot.run r ON r.run_id = j.run_id"
						  " WHERE r.owner = $2 AND r.server = $3 AND " IS_OPEN("$4")
						  " AND " IS_FREE " ORDER BY j.run_id, part, job",
						  &params, read_jobs, &jobs);
	return jobs;
}

int64
drs_ledgerjob_marked(const char *server, const char *mark)
{
	LedgerParams params = {0};
	int64		run_id = 0;

	add_free_runs(&params, server);
	drs_ledgersql_text(&params, mark);
	(void) drs_ledger_sql("SELECT r.run_id FROM datarobot.run r"
						  " WHERE r.owner = $2 AND r.server = $3 AND r.job_mark = $4"
						  " AND " IS_FREE, &params, read_number, &run_id);
	return run_id;
}
