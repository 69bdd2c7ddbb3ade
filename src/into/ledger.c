/*
 * ledger.c
 *		Keeps the record of what writing calls have done.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "into/ledger.h"
#include "into/ledgersql.h"

static void
read_id(void *arg)
{
	*(int64 *) arg = drs_ledgerrow_int8(0, 1);
}

char *
drs_ledger_make_mark(void)
{
	uint8		bytes[8];
	char	   *mark = palloc0(2 * sizeof(bytes) + 1);

	if (!pg_strong_random(bytes, sizeof(bytes)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	hex_encode((const char *) bytes, sizeof(bytes), mark);
	return mark;
}

int64
drs_ledger_begin(const LedgerRun *run)
{
	LedgerParams params = {0};
	int64		id = 0;

	drs_ledgersql_add(&params, OIDOID, ObjectIdGetDatum(GetUserId()), false);
	drs_ledgersql_text(&params, drs_run_mode_name(run->mode));
	drs_ledgersql_text(&params, run->server);
	drs_ledgersql_text(&params, run->deployment);
	drs_ledgersql_text(&params, run->query);
	drs_ledgersql_text(&params, run->target);
	drs_ledgersql_text(&params, run->statement_type);
	drs_ledgersql_add(&params, JSONBOID, JsonbPGetDatum(run->arguments), false);
	drs_ledgersql_text(&params, run->search_path);
	drs_ledgersql_int4(&params, MyProcPid);
	drs_ledgersql_texts(&params, run->end_key);
	drs_ledgersql_texts(&params, run->identity.relations);
	drs_ledgersql_texts(&params, run->identity.columns);
	drs_ledgersql_texts(&params, run->key_types);
	drs_ledgersql_text(&params, drs_run_state_name(RUN_RUNNING));
	drs_ledgersql_text(&params, run->job_mark);
	(void) drs_ledger_sql("INSERT INTO datarobot.run (owner, mode, server, deployment, query,"
						  " target, statement_type, arguments, search_path, pid, end_key,"
						  " target_relations, target_columns, key_types, state, job_mark)"
						  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
						  " $15, $16) RETURNING run_id",
						  &params, read_id, &id);
	return id;
}

void
drs_ledger_reopen(int64 run_id)
{
	LedgerParams params = {0};

	drs_ledgersql_int8(&params, run_id);
	drs_ledgersql_int4(&params, MyProcPid);
	drs_ledgersql_text(&params, drs_run_state_name(RUN_RUNNING));
	(void) drs_ledger_sql("UPDATE datarobot.run SET state = $3, pid = $2, sqlstate = NULL,"
						  " message = NULL, finished_at = NULL,"
						  " resumed_at = pg_catalog.clock_timestamp() WHERE run_id = $1",
						  &params, NULL, NULL);
}

void
drs_ledger_mark(int64 run_id)
{
	LedgerParams params = {0};

	drs_ledgersql_int8(&params, run_id);
	(void) drs_ledger_sql("INSERT INTO datarobot.run_mark (run_id) VALUES ($1)"
						  " ON CONFLICT DO NOTHING",
						  &params, NULL, NULL);
}

bool
drs_ledger_is_marked(int64 run_id)
{
	LedgerParams params = {0};

	drs_ledgersql_int8(&params, run_id);
	return drs_ledger_sql("SELECT FROM datarobot.run_mark WHERE run_id = $1", &params, NULL,
						  NULL) > 0;
}

/* A split key is an array of texts; all of them are in an array of JSON. */
static List *
read_splits(Jsonb *json)
{
	List	   *splits = NIL;
	JsonbIterator *it;
	JsonbValue	value;
	JsonbIteratorToken token;

	if (json == NULL)
		return NIL;
	it = JsonbIteratorInit(&json->root);
	(void) JsonbIteratorNext(&it, &value, false);
	while ((token = JsonbIteratorNext(&it, &value, false)) != WJB_DONE)
	{
		if (token == WJB_BEGIN_ARRAY)
			splits = lappend(splits, NIL);
		else if (token == WJB_ELEM)
			llast(splits) = lappend(llast(splits),
									pnstrdup(value.val.string.val, value.val.string.len));
	}
	return splits;
}

#define RUN_COLUMNS "run_id, owner::pg_catalog.oid::pg_catalog.int8, state, mode," \
	" server, deployment, query, target," \
	" statement_type, arguments, search_path, split_keys, model_id, end_key, " \
	"target_relations, target_columns, key_types, job_mark"

static void
read_run(void *arg)
{
	LedgerRun  *run;

	if (SPI_processed == 0)
		return;
	run = palloc0(sizeof(LedgerRun));
	run->id = drs_ledgerrow_int8(0, 1);
	run->owner = (Oid) drs_ledgerrow_int8(0, 2);
	run->state = drs_run_state_of(drs_ledgerrow_text(0, 3));
	run->mode = drs_run_mode_of(drs_ledgerrow_text(0, 4));
	run->server = drs_ledgerrow_text(0, 5);
	run->deployment = drs_ledgerrow_text(0, 6);
	run->query = drs_ledgerrow_text(0, 7);
	run->target = drs_ledgerrow_text(0, 8);
	run->statement_type = drs_ledgerrow_text(0, 9);
	run->arguments = drs_ledgerrow_jsonb(0, 10);
	run->search_path = drs_ledgerrow_text(0, 11);
	run->split_keys = read_splits(drs_ledgerrow_jsonb(0, 12));
	run->model_id = drs_ledgerrow_text(0, 13);
	run->end_key = drs_ledgerrow_texts(0, 14);
	run->identity.relations = drs_ledgerrow_texts(0, 15);
	run->identity.columns = drs_ledgerrow_texts(0, 16);
	run->key_types = drs_ledgerrow_texts(0, 17);
	run->job_mark = drs_ledgerrow_text(0, 18);
	*(LedgerRun **) arg = run;
}

LedgerRun *
drs_ledger_get(int64 run_id)
{
	LedgerParams params = {0};
	LedgerRun  *run = NULL;

	drs_ledgersql_int8(&params, run_id);
	(void) drs_ledger_sql("SELECT " RUN_COLUMNS " FROM datarobot.run WHERE run_id = $1", &params,
						  read_run, &run);
	return run;
}

LedgerRun *
drs_ledger_latest(const LedgerRun *wanted)
{
	LedgerParams params = {0};
	LedgerRun  *run = NULL;

	drs_ledgersql_add(&params, OIDOID, ObjectIdGetDatum(GetUserId()), false);
	drs_ledgersql_text(&params, wanted->target);
	drs_ledgersql_text(&params, wanted->query);
	drs_ledgersql_text(&params, drs_run_mode_name(wanted->mode));
	drs_ledgersql_text(&params, drs_run_state_name(RUN_SKIPPED));
	(void) drs_ledger_sql("SELECT " RUN_COLUMNS " FROM datarobot.run"
						  " WHERE owner = $1 AND (target = $2 OR query = $3)"
						  " AND mode = $4 AND state <> $5"
						  " ORDER BY target = $2 DESC, run_id DESC LIMIT 1",
						  &params, read_run, &run);
	return run;
}

static void
read_position(void *arg)
{
	LedgerPosition *position = arg;

	if (SPI_processed == 0)
		return;
	position->slices = (int) drs_ledgerrow_int8(0, 1);
	position->last_key = drs_ledgerrow_texts(0, 2);
	position->rows_read = drs_ledgerrow_int8(0, 3);
}

LedgerPosition
drs_ledger_position(int64 run_id, int part)
{
	LedgerPosition position = {0};
	LedgerParams params = {0};

	drs_ledgersql_int8(&params, run_id);
	drs_ledgersql_int4(&params, part);
	(void) drs_ledger_sql("SELECT slice::pg_catalog.int8, last_key,"
						  " (sum(rows_read) OVER (ORDER BY slice))::pg_catalog.int8"
						  " FROM datarobot.run_slice WHERE run_id = $1 AND part = $2"
						  " ORDER BY slice DESC LIMIT 1",
						  &params, read_position, &position);
	return position;
}

void
drs_ledger_add_slice(const LedgerSlice *slice)
{
	LedgerParams params = {0};

	drs_ledgersql_int8(&params, slice->run_id);
	drs_ledgersql_int4(&params, slice->part);
	drs_ledgersql_int4(&params, slice->number);
	drs_ledgersql_texts(&params, slice->first_key);
	drs_ledgersql_texts(&params, slice->last_key);
	drs_ledgersql_int8(&params, slice->counts.read);
	drs_ledgersql_int8(&params, slice->counts.written);
	drs_ledgersql_int8(&params, slice->counts.rejected);
	drs_ledgersql_text(&params, slice->model_id);
	(void) drs_ledger_sql("INSERT INTO datarobot.run_slice (run_id, part, slice, first_key,"
						  " last_key, rows_read, rows_written, rows_rejected, model_id)"
						  " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
						  &params, NULL, NULL);
}

/* A column of the rejections as an array, with NULLs if get returns one. */
static void
add_array(LedgerParams *params, Oid type, List *rejections,
		  Datum (*get) (const LedgerRejection *, bool *isnull))
{
	int			count = list_length(rejections);
	Datum	   *elements = palloc_extended(sizeof(Datum) * count, MCXT_ALLOC_HUGE);
	bool	   *nulls = palloc(sizeof(bool) * count);
	int			dims[1] = {count};
	int			lower[1] = {1};
	int16		len;
	bool		by_value;
	char		align;
	ListCell   *lc;

	foreach(lc, rejections)
	{
		int			i = foreach_current_index(lc);

		nulls[i] = false;
		elements[i] = get(lfirst(lc), &nulls[i]);
	}
	get_typlenbyvalalign(type, &len, &by_value, &align);
	drs_ledgersql_add(params, get_array_type(type),
			  PointerGetDatum(construct_md_array(elements, nulls, 1, dims, lower, type, len,
												 by_value, align)), false);
}

static Datum
text_or_null(const char *text, bool *isnull)
{
	*isnull = text == NULL;
	return text ? CStringGetTextDatum(text) : (Datum) 0;
}

static Datum
rejection_number(const LedgerRejection *rejection, bool *isnull)
{
	return Int64GetDatum(rejection->row_number);
}

static Datum
rejection_key(const LedgerRejection *rejection, bool *isnull)
{
	return text_or_null(rejection->key, isnull);
}

static Datum
rejection_status(const LedgerRejection *rejection, bool *isnull)
{
	*isnull = rejection->http_status == 0;
	return Int32GetDatum(rejection->http_status);
}

static Datum
rejection_sqlstate(const LedgerRejection *rejection, bool *isnull)
{
	return text_or_null(rejection->sqlstate, isnull);
}

static Datum
rejection_message(const LedgerRejection *rejection, bool *isnull)
{
	return text_or_null(rejection->message, isnull);
}

static Datum
rejection_features(const LedgerRejection *rejection, bool *isnull)
{
	return text_or_null(rejection->features, isnull);
}

static void
add_some_rejections(int64 run_id, int part, int slice, List *rejections)
{
	LedgerParams params = {0};

	drs_ledgersql_int8(&params, run_id);
	drs_ledgersql_int4(&params, part);
	drs_ledgersql_int4(&params, slice);
	add_array(&params, INT8OID, rejections, rejection_number);
	add_array(&params, TEXTOID, rejections, rejection_key);
	add_array(&params, INT4OID, rejections, rejection_status);
	add_array(&params, TEXTOID, rejections, rejection_sqlstate);
	add_array(&params, TEXTOID, rejections, rejection_message);
	add_array(&params, TEXTOID, rejections, rejection_features);
	(void) drs_ledger_sql("INSERT INTO datarobot.rejected_row (run_id, part, slice, row_number,"
						  " key, http_status, sqlstate, message, features)"
						  " SELECT $1, $2, $3, n, k::pg_catalog.jsonb, h, s, m,"
						  " f::pg_catalog.jsonb FROM ROWS FROM (unnest($4), unnest($5),"
						  " unnest($6), unnest($7), unnest($8), unnest($9))"
						  " AS r (n, k, h, s, m, f)", &params, NULL, NULL);
}

void
drs_ledger_add_rejections(int64 run_id, int part, int slice, List *rejections)
{
	List	   *some = NIL;
	ListCell   *lc;

	/* a thousand at a time: arrays are bounded */
	foreach(lc, rejections)
	{
		some = lappend(some, lfirst(lc));
		if (list_length(some) == 1000 || lnext(rejections, lc) == NULL)
		{
			add_some_rejections(run_id, part, slice, some);
			list_free(some);
			some = NIL;
		}
	}
}

static void
read_text(void *arg)
{
	*(char **) arg = drs_ledgerrow_text(0, 1);
}

char *
drs_ledger_claim_model(int64 run_id, const char *model_id)
{
	LedgerParams params = {0};
	char	   *claimed = NULL;

	drs_ledgersql_int8(&params, run_id);
	drs_ledgersql_text(&params, model_id);
	(void) drs_ledger_sql("UPDATE datarobot.run SET model_id = coalesce(model_id, $2)"
						  " WHERE run_id = $1 RETURNING model_id",
						  &params, read_text, &claimed);
	return claimed;
}

void
drs_ledger_set_identity(int64 run_id, const Identity *identity)
{
	LedgerParams params = {0};

	drs_ledgersql_int8(&params, run_id);
	drs_ledgersql_texts(&params, identity->relations);
	drs_ledgersql_texts(&params, identity->columns);
	(void) drs_ledger_sql("UPDATE datarobot.run SET target_relations = $2, target_columns = $3"
						  " WHERE run_id = $1",
						  &params, NULL, NULL);
}

void
drs_ledger_set_end(int64 run_id, List *end_key)
{
	LedgerParams params = {0};

	drs_ledgersql_int8(&params, run_id);
	drs_ledgersql_texts(&params, end_key);
	(void) drs_ledger_sql("UPDATE datarobot.run SET end_key = $2 WHERE run_id = $1",
						  &params, NULL, NULL);
}

void
drs_ledger_set_splits(int64 run_id, List *split_keys)
{
	LedgerParams params = {0};
	ListCell   *lc;

	/* one by one: the keys of a run are few */
	foreach(lc, split_keys)
	{
		params.count = 0;
		drs_ledgersql_int8(&params, run_id);
		drs_ledgersql_texts(&params, lfirst(lc));
		(void) drs_ledger_sql("UPDATE datarobot.run SET split_keys = coalesce(split_keys, '[]')"
							  " || pg_catalog.jsonb_build_array(pg_catalog.to_jsonb($2))"
							  " WHERE run_id = $1",
							  &params, NULL, NULL);
	}
}

#define SUMS "coalesce(sum(rows_read), 0)::pg_catalog.int8," \
	" coalesce(sum(rows_written), 0)::pg_catalog.int8," \
	" coalesce(sum(rows_rejected), 0)::pg_catalog.int8 FROM datarobot.run_slice"

void
drs_ledger_end(int64 run_id, RunState state, const char *sqlstate, const char *message)
{
	LedgerParams params = {0};

	drs_ledgersql_int8(&params, run_id);
	drs_ledgersql_text(&params, drs_run_state_name(state));
	drs_ledgersql_text(&params, sqlstate);
	drs_ledgersql_text(&params, message);
	(void) drs_ledger_sql("UPDATE datarobot.run SET state = $2, sqlstate = $3, message = $4,"
						  " pid = NULL, finished_at = pg_catalog.clock_timestamp(),"
						  " (rows_read, rows_written, rows_rejected) ="
						  " (SELECT " SUMS " WHERE run_id = $1) WHERE run_id = $1",
						  &params, NULL, NULL);
}

static void
read_counts(void *arg)
{
	LedgerCounts *counts = arg;

	counts->read = drs_ledgerrow_int8(0, 1);
	counts->written = drs_ledgerrow_int8(0, 2);
	counts->rejected = drs_ledgerrow_int8(0, 3);
}

LedgerCounts
drs_ledger_counts(int64 run_id)
{
	LedgerCounts counts = {0};
	LedgerParams params = {0};

	drs_ledgersql_int8(&params, run_id);
	(void) drs_ledger_sql("SELECT " SUMS " WHERE run_id = $1", &params, read_counts, &counts);
	return counts;
}

int64
drs_ledger_prune(TimestampTz before)
{
	LedgerParams params = {0};

	drs_ledgersql_add(&params, OIDOID, ObjectIdGetDatum(GetUserId()), false);
	drs_ledgersql_add(&params, TIMESTAMPTZOID, TimestampTzGetDatum(before), false);
	drs_ledgersql_text(&params, drs_run_state_name(RUN_RUNNING));
	drs_ledgersql_int4(&params, LOCK_RUN);
	/* interrupted runs are still "running", though nobody holds their lock */
	return (int64) drs_ledger_sql("DELETE FROM datarobot.run r WHERE owner = $1"
								  " AND coalesce(finished_at, started_at) < $2"
								  " AND (state <> $3 OR NOT EXISTS"
								  " (SELECT FROM pg_catalog.pg_locks l"
								  " WHERE l.locktype = 'object' AND l.objsubid = $4"
								  " AND l.database = (SELECT oid FROM pg_catalog.pg_database"
								  " WHERE datname = pg_catalog.current_database())"
								  " AND l.classid = 'datarobot.run'::pg_catalog.regclass"
								  " AND l.objid::pg_catalog.int8 = r.run_id % 4294967296))",
								  &params, NULL, NULL);
}
