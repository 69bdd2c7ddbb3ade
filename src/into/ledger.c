/*
 * ledger.c
 *		Keeps the record of what writing calls have done.
 *
 * Each function runs one statement as the owner of the tables, under a search_path
 * without anything of the caller's: with the owner's privileges, no operator or
 * function of the caller may be found.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "into/ledger.h"

#define SCHEMA "datarobot"
#define MAX_PARAMS 16

/* A statement's parameters. */
typedef struct Params
{
	int			count;
	Oid			types[MAX_PARAMS];
	Datum		values[MAX_PARAMS];
	char		nulls[MAX_PARAMS + 1];
} Params;

static Oid	table_owner(Oid relation);

static void
add_param(Params *params, Oid type, Datum value, bool isnull)
{
	Assert(params->count < MAX_PARAMS);
	params->types[params->count] = type;
	params->values[params->count] = value;
	params->nulls[params->count] = isnull ? 'n' : ' ';
	params->count++;
}

static void
add_text(Params *params, const char *text)
{
	add_param(params, TEXTOID, text ? CStringGetTextDatum(text) : (Datum) 0, text == NULL);
}

static void
add_int8(Params *params, int64 value)
{
	add_param(params, INT8OID, Int64GetDatum(value), false);
}

static void
add_int4(Params *params, int32 value)
{
	add_param(params, INT4OID, Int32GetDatum(value), false);
}

/* A list of char * as text[]; NULL when it is empty. */
static void
add_texts(Params *params, List *texts)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(list_length(texts), 1));
	ListCell   *lc;

	foreach(lc, texts)
		elements[foreach_current_index(lc)] = CStringGetTextDatum(lfirst(lc));
	add_param(params, TEXTARRAYOID,
			  PointerGetDatum(construct_array(elements, list_length(texts), TEXTOID, -1, false,
											  TYPALIGN_INT)),
			  texts == NIL);
}

void
drs_ledger_enter(LedgerAccess *access)
{
	access->nestlevel = NewGUCNestLevel();
	GetUserIdAndSecContext(&access->user, &access->security);
	SetUserIdAndSecContext(table_owner(drs_ledger_table()),
						   access->security | SECURITY_LOCAL_USERID_CHANGE);
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

void
drs_ledger_leave(const LedgerAccess *access)
{
	AtEOXact_GUC(true, access->nestlevel);
	SetUserIdAndSecContext(access->user, access->security);
}

/* Receives the rows of a statement while they are there. */
typedef void (*RowsReader) (void *arg);

/*
 * Run a statement as the owner of the ledger; returns the rows it processed.
 * reader, if any, is called with SPI_tuptable set, in the caller's memory
 * context.
 */
static uint64
run_sql(const char *sql, Params *params, RowsReader reader, void *arg)
{
	MemoryContext cxt = CurrentMemoryContext;
	LedgerAccess access;
	uint64		processed;
	int			code;

	drs_ledger_enter(&access);
	SPI_connect();
	code = SPI_execute_with_args(sql, params->count, params->types, params->values, params->nulls,
								 false, 0);
	if (code < 0)
		elog(ERROR, "could not write the ledger: %s", SPI_result_code_string(code));
	processed = SPI_processed;
	if (reader)
	{
		MemoryContext old = MemoryContextSwitchTo(cxt);

		reader(arg);
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	drs_ledger_leave(&access);
	return processed;
}

Oid
drs_ledger_table(void)
{
	Oid			relation = get_relname_relid("run", get_namespace_oid(SCHEMA, false));

	if (!OidIsValid(relation))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table " SCHEMA ".run does not exist")));
	return relation;
}

static Oid
table_owner(Oid relation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relation);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/* Read single values from the first row of SPI_tuptable. */

static char *
get_text(int column)
{
	char	   *text = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column);

	return text ? pstrdup(text) : NULL;
}

static int64
get_int8(int column)
{
	bool		isnull;
	Datum		datum = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column,
									  &isnull);

	return isnull ? 0 : DatumGetInt64(datum);
}

/* A text[] as a list of char *; NIL for NULL. */
static List *
get_texts(int column)
{
	bool		isnull;
	Datum		datum = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column,
									  &isnull);
	List	   *texts = NIL;
	Datum	   *elements;
	bool	   *nulls;
	int			count;

	if (isnull)
		return NIL;
	deconstruct_array(DatumGetArrayTypeP(datum), TEXTOID, -1, false, TYPALIGN_INT, &elements,
					  &nulls, &count);
	for (int i = 0; i < count; i++)
		texts = lappend(texts, TextDatumGetCString(elements[i]));
	return texts;
}

static void
read_id(void *arg)
{
	*(int64 *) arg = get_int8(1);
}

int64
drs_ledger_begin(const LedgerRun *run)
{
	Params		params = {0};
	int64		id = 0;

	add_param(&params, OIDOID, ObjectIdGetDatum(GetUserId()), false);
	add_text(&params, drs_run_mode_name(run->mode));
	add_text(&params, run->server);
	add_text(&params, run->deployment);
	add_text(&params, run->query);
	add_text(&params, run->target);
	add_text(&params, run->statement_type);
	add_param(&params, JSONBOID, JsonbPGetDatum(run->arguments), false);
	add_text(&params, run->search_path);
	add_int4(&params, MyProcPid);
	add_texts(&params, run->end_key);
	add_texts(&params, run->identity.relations);
	add_texts(&params, run->identity.columns);
	add_texts(&params, run->key_types);
	add_text(&params, drs_run_state_name(RUN_RUNNING));
	(void) run_sql("INSERT INTO " SCHEMA ".run (owner, mode, server, deployment, query, target,"
				   " statement_type, arguments, search_path, pid, end_key, target_relations,"
				   " target_columns, key_types, state) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
				   " $10, $11, $12, $13, $14, $15) RETURNING run_id",
				   &params, read_id, &id);
	return id;
}

void
drs_ledger_reopen(int64 run_id)
{
	Params		params = {0};

	add_int8(&params, run_id);
	add_int4(&params, MyProcPid);
	add_text(&params, drs_run_state_name(RUN_RUNNING));
	(void) run_sql("UPDATE " SCHEMA ".run SET state = $3, pid = $2, sqlstate = NULL,"
				   " message = NULL, finished_at = NULL,"
				   " resumed_at = pg_catalog.clock_timestamp() WHERE run_id = $1",
				   &params, NULL, NULL);
}

void
drs_ledger_mark(int64 run_id)
{
	Params		params = {0};

	add_int8(&params, run_id);
	(void) run_sql("INSERT INTO " SCHEMA ".run_mark (run_id) VALUES ($1) ON CONFLICT DO NOTHING",
				   &params, NULL, NULL);
}

bool
drs_ledger_is_marked(int64 run_id)
{
	Params		params = {0};

	add_int8(&params, run_id);
	return run_sql("SELECT FROM " SCHEMA ".run_mark WHERE run_id = $1", &params, NULL, NULL) > 0;
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

static Jsonb *
get_jsonb(int column)
{
	bool		isnull;
	Datum		datum = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column,
									  &isnull);

	return isnull ? NULL : DatumGetJsonbPCopy(datum);
}

#define RUN_COLUMNS "run_id, owner::pg_catalog.oid::pg_catalog.int8, state, mode," \
	" server, deployment, query, target," \
	" statement_type, arguments, search_path, split_keys, model_id, end_key, " \
	"target_relations, target_columns, key_types"

static void
read_run(void *arg)
{
	LedgerRun  *run;

	if (SPI_processed == 0)
		return;
	run = palloc0(sizeof(LedgerRun));
	run->id = get_int8(1);
	run->owner = (Oid) get_int8(2);
	run->state = drs_run_state_of(get_text(3));
	run->mode = drs_run_mode_of(get_text(4));
	run->server = get_text(5);
	run->deployment = get_text(6);
	run->query = get_text(7);
	run->target = get_text(8);
	run->statement_type = get_text(9);
	run->arguments = get_jsonb(10);
	run->search_path = get_text(11);
	run->split_keys = read_splits(get_jsonb(12));
	run->model_id = get_text(13);
	run->end_key = get_texts(14);
	run->identity.relations = get_texts(15);
	run->identity.columns = get_texts(16);
	run->key_types = get_texts(17);
	*(LedgerRun **) arg = run;
}

LedgerRun *
drs_ledger_get(int64 run_id)
{
	Params		params = {0};
	LedgerRun  *run = NULL;

	add_int8(&params, run_id);
	(void) run_sql("SELECT " RUN_COLUMNS " FROM " SCHEMA ".run WHERE run_id = $1", &params,
				   read_run, &run);
	return run;
}

LedgerRun *
drs_ledger_latest(const LedgerRun *wanted)
{
	Params		params = {0};
	LedgerRun  *run = NULL;

	add_param(&params, OIDOID, ObjectIdGetDatum(GetUserId()), false);
	add_text(&params, wanted->target);
	add_text(&params, wanted->query);
	add_text(&params, drs_run_mode_name(RUN_SLICED));
	add_text(&params, drs_run_state_name(RUN_SKIPPED));
	(void) run_sql("SELECT " RUN_COLUMNS " FROM " SCHEMA ".run"
				   " WHERE owner = $1 AND (target = $2 OR query = $3)"
				   " AND mode = $4 AND state <> $5 ORDER BY target = $2 DESC, run_id DESC LIMIT 1",
				   &params, read_run, &run);
	return run;
}

static void
read_position(void *arg)
{
	LedgerPosition *position = arg;

	if (SPI_processed == 0)
		return;
	position->slices = (int) get_int8(1);
	position->last_key = get_texts(2);
	position->rows_read = get_int8(3);
}

LedgerPosition
drs_ledger_position(int64 run_id, int part)
{
	LedgerPosition position = {0};
	Params		params = {0};

	add_int8(&params, run_id);
	add_int4(&params, part);
	(void) run_sql("SELECT slice::pg_catalog.int8, last_key,"
				   " (sum(rows_read) OVER (ORDER BY slice))::pg_catalog.int8"
				   " FROM " SCHEMA ".run_slice WHERE run_id = $1 AND part = $2"
				   " ORDER BY slice DESC LIMIT 1",
				   &params, read_position, &position);
	return position;
}

void
drs_ledger_add_slice(const LedgerSlice *slice)
{
	Params		params = {0};

	add_int8(&params, slice->run_id);
	add_int4(&params, slice->part);
	add_int4(&params, slice->number);
	add_texts(&params, slice->first_key);
	add_texts(&params, slice->last_key);
	add_int8(&params, slice->counts.read);
	add_int8(&params, slice->counts.written);
	add_int8(&params, slice->counts.rejected);
	add_text(&params, slice->model_id);
	(void) run_sql("INSERT INTO " SCHEMA ".run_slice (run_id, part, slice, first_key, last_key,"
				   " rows_read, rows_written, rows_rejected, model_id)"
				   " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
				   &params, NULL, NULL);
}

/* A column of the rejections as an array, with NULLs if get returns one. */
static void
add_array(Params *params, Oid type, List *rejections,
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
	add_param(params, get_array_type(type),
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
	Params		params = {0};

	add_int8(&params, run_id);
	add_int4(&params, part);
	add_int4(&params, slice);
	add_array(&params, INT8OID, rejections, rejection_number);
	add_array(&params, TEXTOID, rejections, rejection_key);
	add_array(&params, INT4OID, rejections, rejection_status);
	add_array(&params, TEXTOID, rejections, rejection_sqlstate);
	add_array(&params, TEXTOID, rejections, rejection_message);
	add_array(&params, TEXTOID, rejections, rejection_features);
	(void) run_sql("INSERT INTO " SCHEMA ".rejected_row (run_id, part, slice, row_number, key,"
				   " http_status, sqlstate, message, features)"
				   " SELECT $1, $2, $3, n, k::pg_catalog.jsonb, h, s, m, f::pg_catalog.jsonb"
				   " FROM ROWS FROM (unnest($4), unnest($5), unnest($6), unnest($7),"
				   " unnest($8), unnest($9)) AS r (n, k, h, s, m, f)", &params, NULL, NULL);
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
	*(char **) arg = get_text(1);
}

char *
drs_ledger_claim_model(int64 run_id, const char *model_id)
{
	Params		params = {0};
	char	   *claimed = NULL;

	add_int8(&params, run_id);
	add_text(&params, model_id);
	(void) run_sql("UPDATE " SCHEMA ".run SET model_id = coalesce(model_id, $2)"
				   " WHERE run_id = $1 RETURNING model_id",
				   &params, read_text, &claimed);
	return claimed;
}

void
drs_ledger_set_identity(int64 run_id, const Identity *identity)
{
	Params		params = {0};

	add_int8(&params, run_id);
	add_texts(&params, identity->relations);
	add_texts(&params, identity->columns);
	(void) run_sql("UPDATE " SCHEMA ".run SET target_relations = $2, target_columns = $3"
				   " WHERE run_id = $1",
				   &params, NULL, NULL);
}

void
drs_ledger_set_end(int64 run_id, List *end_key)
{
	Params		params = {0};

	add_int8(&params, run_id);
	add_texts(&params, end_key);
	(void) run_sql("UPDATE " SCHEMA ".run SET end_key = $2 WHERE run_id = $1",
				   &params, NULL, NULL);
}

void
drs_ledger_set_splits(int64 run_id, List *split_keys)
{
	Params		params = {0};
	ListCell   *lc;

	/* one by one: the keys of a run are few */
	foreach(lc, split_keys)
	{
		params.count = 0;
		add_int8(&params, run_id);
		add_texts(&params, lfirst(lc));
		(void) run_sql("UPDATE " SCHEMA ".run SET split_keys = coalesce(split_keys, '[]')"
					   " || pg_catalog.jsonb_build_array(pg_catalog.to_jsonb($2))"
					   " WHERE run_id = $1",
					   &params, NULL, NULL);
	}
}

#define SUMS "coalesce(sum(rows_read), 0)::pg_catalog.int8," \
	" coalesce(sum(rows_written), 0)::pg_catalog.int8," \
	" coalesce(sum(rows_rejected), 0)::pg_catalog.int8 FROM " SCHEMA ".run_slice"

void
drs_ledger_end(int64 run_id, RunState state, const char *sqlstate, const char *message)
{
	Params		params = {0};

	add_int8(&params, run_id);
	add_text(&params, drs_run_state_name(state));
	add_text(&params, sqlstate);
	add_text(&params, message);
	(void) run_sql("UPDATE " SCHEMA ".run SET state = $2, sqlstate = $3, message = $4, pid = NULL,"
				   " finished_at = pg_catalog.clock_timestamp(),"
				   " (rows_read, rows_written, rows_rejected) ="
				   " (SELECT " SUMS " WHERE run_id = $1) WHERE run_id = $1", &params, NULL, NULL);
}

static void
read_counts(void *arg)
{
	LedgerCounts *counts = arg;

	counts->read = get_int8(1);
	counts->written = get_int8(2);
	counts->rejected = get_int8(3);
}

LedgerCounts
drs_ledger_counts(int64 run_id)
{
	LedgerCounts counts = {0};
	Params		params = {0};

	add_int8(&params, run_id);
	(void) run_sql("SELECT " SUMS " WHERE run_id = $1", &params, read_counts, &counts);
	return counts;
}

int64
drs_ledger_prune(TimestampTz before)
{
	Params		params = {0};

	add_param(&params, OIDOID, ObjectIdGetDatum(GetUserId()), false);
	add_param(&params, TIMESTAMPTZOID, TimestampTzGetDatum(before), false);
	add_text(&params, drs_run_state_name(RUN_RUNNING));
	add_int4(&params, LOCK_RUN);
	/* interrupted runs are still "running", though nobody holds their lock */
	return (int64) run_sql("DELETE FROM " SCHEMA ".run r WHERE owner = $1"
						   " AND coalesce(finished_at, started_at) < $2"
						   " AND (state <> $3 OR NOT EXISTS"
						   " (SELECT FROM pg_catalog.pg_locks l"
						   " WHERE l.locktype = 'object' AND l.objsubid = $4"
						   " AND l.database = (SELECT oid FROM pg_catalog.pg_database"
						   " WHERE datname = pg_catalog.current_database())"
						   " AND l.classid = '" SCHEMA ".run'::pg_catalog.regclass"
						   " AND l.objid::pg_catalog.int8 = r.run_id % 4294967296))",
						   &params, NULL, NULL);
}
