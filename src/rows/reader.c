/*
 * reader.c
 *		Reads the rows of a query in the order of its key, in batches.
 *
 * A batch is one execution of a saved plan: the rows from the last key on, up
 * to a LIMIT.  It finds the last row again, if that still exists, and leaves
 * it out.  So a second row with the same key cannot be missed between two
 * batches.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "parser/parse_relation.h"
#include "utils/datum.h"
#include "utils/memutils.h"
#include "utils/plancache.h"

#include "base/compat.h"
#include "rows/keyorder.h"
#include "rows/keysql.h"
#include "rows/planseek.h"
#include "rows/reach.h"
#include "rows/reader.h"
#include "rows/scope.h"
#include "rows/source.h"
#include "rows/spool.h"

struct Reader
{
	MemoryContext cxt;			/* owns the reader and all that it has */
	const char *statement;
	List	   *relations;		/* of Oid */
	bool		may_write;
	bool		reads_unseen;
	bool		is_temporary;
	TupleDesc	desc;
	Key		   *key;
	KeyOrder	order;
	Datum	   *after;			/* the range, exclusive; NULL: open */
	Datum	   *upto;
	Datum	   *end;			/* keys beyond it are not read; NULL: not known */
	int			rows_per_read;
	bool		spool_all;
	bool		nulls_checked;
	bool		ended;
	SPIPlanPtr	first;			/* of a batch before any row was read */
	SPIPlanPtr	next;			/* of any other batch */
	Spool	   *spool;			/* all rows that are still to be handed over, if spooled */
	TupleTableSlot *slot;		/* for its rows */
	MemoryContextCallback ending;
};

/* One execution of a statement. */
typedef struct Batch
{
	Reader	   *reader;
	RowReader	row;
	void	   *arg;
	int64		nrows;
	bool		stopped;		/* row has returned false */
	bool		past_end;		/* a key beyond the end was met */
} Batch;

/* Needs no transaction: the plans belong to the plan cache. */
static void
free_plans(void *arg)
{
	Reader	   *reader = arg;

	if (reader->first)
		SPI_freeplan(reader->first);
	if (reader->next)
		SPI_freeplan(reader->next);
}

/*
 * Choose the bounds of a statement: the lower one is the last key, or else the
 * beginning of the range.
 */
static KeySelection
select_rows(const Reader *reader, bool is_first)
{
	KeySelection selection = {.upper = reader->upto != NULL};

	if (!is_first)
		selection.lower = BTGreaterEqualStrategyNumber;
	else if (reader->after)
		selection.lower = BTGreaterStrategyNumber;
	return selection;
}

static SPIPlanPtr
prepare_rows(const Reader *reader, const KeySelection *selection, int cursor_options)
{
	const Key  *key = reader->key;
	int			nparams = ((selection->lower != 0) + selection->upper) * key->ncolumns;
	Oid		   *types = palloc(sizeof(Oid) * nparams);

	for (int i = 0; i < nparams; i++)
		types[i] = key->columns[i % key->ncolumns].type;
	return drs_source_prepare(drs_keysql_rows(reader->statement, key, selection), nparams, types,
							  cursor_options);
}

static void
keep_plan(Reader *reader, bool is_first, SPIPlanPtr *plan)
{
	KeySelection selection = select_rows(reader, is_first);
	SPIPlanPtr	prepared;

	/* one more for the row that is found again */
	selection.limit = reader->rows_per_read + 1;
	prepared = prepare_rows(reader, &selection, CURSOR_OPT_GENERIC_PLAN);
	SPI_keepplan(prepared);
	*plan = prepared;
}

/* Find out about the caller's query: its columns, relations and key. */
static void
describe(Reader *reader, const char *query, List *key_columns)
{
	SPIPlanPtr	plan = drs_source_prepare(query, 0, NULL, 0);
	CachedPlanSource *source = linitial(SPI_plan_get_plan_sources(plan));
	Query	   *analyzed = linitial_node(Query, source->query_list);
	MemoryContext old;

	reader->may_write = drs_query_may_write(analyzed);
	reader->reads_unseen = drs_query_reads_unseen(analyzed, source->relationOids);
	reader->is_temporary = drs_query_is_temporary(analyzed) ||
		drs_reach_is_temporary(drs_reach_of(source->relationOids));
	old = MemoryContextSwitchTo(reader->cxt);
	reader->desc = CreateTupleDescCopy(source->resultDesc);
	reader->relations = list_copy(source->relationOids);
	reader->key = drs_key_of(reader->desc, key_columns);
	reader->statement = drs_source_statement(query);
	MemoryContextSwitchTo(old);
}

Reader *
drs_reader_open(const char *query, List *key_columns, const KeyRange *range, bool spool_all,
				int rows_per_read)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring reader",
											  ALLOCSET_DEFAULT_SIZES);
	Reader	   *reader = MemoryContextAllocZero(cxt, sizeof(Reader));
	MemoryContext old;

	reader->cxt = cxt;
	reader->spool_all = spool_all;
	reader->rows_per_read = rows_per_read;
	reader->ending.func = free_plans;
	reader->ending.arg = reader;
	MemoryContextRegisterResetCallback(cxt, &reader->ending);

	drs_scope_connect(query);
	describe(reader, query, key_columns);
	old = MemoryContextSwitchTo(cxt);
	drs_keyorder_init(&reader->order, reader->key);
	if (range && range->after)
		reader->after = drs_key_values(reader->key, range->after);
	if (range && range->upto)
		reader->upto = drs_key_values(reader->key, range->upto);
	if (range && range->end)
		reader->end = drs_key_values(reader->key, range->end);
	MemoryContextSwitchTo(old);
	keep_plan(reader, true, &reader->first);
	keep_plan(reader, false, &reader->next);
	SPI_finish();
	return reader;
}

TupleDesc
drs_reader_desc(const Reader *reader)
{
	return reader->desc;
}

List *
drs_reader_relations(const Reader *reader)
{
	return reader->relations;
}

bool
drs_reader_may_write(const Reader *reader)
{
	return reader->may_write;
}

bool
drs_reader_reads_unseen(const Reader *reader)
{
	return reader->reads_unseen;
}

bool
drs_reader_is_temporary(const Reader *reader)
{
	return reader->is_temporary;
}

List *
drs_reader_end(const Reader *reader)
{
	return reader->end ? drs_key_value_texts(reader->key, reader->end) : NIL;
}

void
drs_reader_spool_all(Reader *reader)
{
	reader->spool_all = true;
}

const Key *
drs_reader_key(const Reader *reader)
{
	return reader->key;
}

bool
drs_reader_is_spooled(const Reader *reader)
{
	return reader->spool != NULL;
}

/* Would a read spool the input now?  To be called inside a snapshot. */
static bool
will_spool(const Reader *reader)
{
	bool		seeks;

	if (reader->spool_all || reader->spool)
		return true;
	drs_scope_connect(reader->statement);
	seeks = drs_plan_seeks(reader->next);
	SPI_finish();
	return !seeks;
}

/*
 * When a table changes, the query is planned again, but not looked at again:
 * raise when its columns have changed.
 */
static void
check_desc(TupleDesc desc, void *arg)
{
	const Reader *reader = ((Batch *) arg)->reader;
	bool		same = desc->natts == reader->desc->natts;

	for (int i = 0; same && i < desc->natts; i++)
	{
		Form_pg_attribute now = TupleDescAttr(desc, i);
		Form_pg_attribute then = TupleDescAttr(reader->desc, i);

		same = now->atttypid == then->atttypid && now->attcollation == then->attcollation &&
			strcmp(NameStr(now->attname), NameStr(then->attname)) == 0;
	}
	if (!same)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the columns of the query have changed while it was being read")));
}

static bool
is_past_end(const Reader *reader, const TupleTableSlot *slot)
{
	return reader->end && drs_key_null_column(reader->key, slot->tts_isnull) == NULL &&
		drs_key_compare(reader->key, slot->tts_values, reader->end) > 0;
}

static bool
take_row(TupleTableSlot *slot, void *arg)
{
	Batch		   *batch = arg;
	bool		is_first = batch->nrows++ == 0;

	slot_getallattrs(slot);
	batch->past_end = is_past_end(batch->reader, slot);
	if (batch->past_end)
		return false;
	/* the first row of a batch may be the last one of the batch before */
	if (!drs_keyorder_next(&batch->reader->order, slot->tts_values, slot->tts_isnull, is_first))
		return true;
	batch->stopped = !batch->row(slot->tts_values, slot->tts_isnull, batch->arg);
	return !batch->stopped;
}

static const RowConsumer batch_consumer = {check_desc, take_row};

/*
 * Values are copied, because the executor needs them until its end, when the
 * last key is another one.
 */
static void
set_params(ParamListInfo params, int at, const Key *key, const Datum *key_values)
{
	for (int i = 0; i < key->ncolumns; i++)
	{
		const KeyColumn *column = &key->columns[i];
		ParamExternData *param = &params->params[at + i];

		param->value = datumCopy(key_values[i], column->by_value, column->len);
		param->isnull = false;
		param->pflags = PARAM_FLAG_CONST;
		param->ptype = column->type;
	}
}

/* The key of the last row, or else the beginning of the range; NULL when there is neither. */
static const Datum *
last_key(const Reader *reader)
{
	return reader->order.last ? reader->order.last : reader->after;
}

static ParamListInfo
make_params(const Reader *reader)
{
	const Key  *key = reader->key;
	const Datum *lower = last_key(reader);
	int			nlower = lower ? key->ncolumns : 0;
	int			nupper = reader->upto ? key->ncolumns : 0;
	ParamListInfo params;

	if (nlower + nupper == 0)
		return NULL;
	params = makeParamList(nlower + nupper);
	if (lower)
		set_params(params, 0, key, lower);
	if (reader->upto)
		set_params(params, nlower, key, reader->upto);
	return params;
}

/*
 * Raise when names in the query now mean other relations: one may have been
 * replaced, or hidden by another.
 */
static void
check_relations(const Reader *reader, SPIPlanPtr plan)
{
	CachedPlanSource *source = linitial(SPI_plan_get_plan_sources(plan));

	if (list_difference_oid(source->relationOids, reader->relations) != NIL ||
		list_difference_oid(reader->relations, source->relationOids) != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the query no longer reads the same relations as when the run began"),
				 errdetail("A table or view was replaced, or another of the same name is found"
						   " first by now.")));
}

/* Run a statement, connected to SPI; the batch's row function is called in cxt. */
static void
run_batch(Batch *batch, SPIPlanPtr plan, ParamListInfo params, MemoryContext cxt)
{
	MemoryContext old = MemoryContextSwitchTo(cxt);

	drs_source_execute(plan, params, 0, &batch_consumer, batch);
	MemoryContextSwitchTo(old);
}

/*
 * Raise when a key column is NULL in some row: in key order such rows come
 * last, and a search for keys does not find them.
 */
static void
check_nulls(Reader *reader)
{
	Batch		batch = {.reader = reader};
	SPIPlanPtr	plan = drs_source_prepare(drs_keysql_null(reader->statement, reader->key), 0, NULL,
										  CURSOR_OPT_PARALLEL_OK);

	run_batch(&batch, plan, NULL, CurrentMemoryContext);
	reader->nulls_checked = true;
}

static bool
put_to_spool(const Datum *values, const bool *isnull, void *arg)
{
	drs_spool_put(arg, values, isnull);
	return true;
}

/* Read all remaining rows into a spool. */
static void
fill_spool(Reader *reader)
{
	Batch		batch = {.reader = reader, .row = put_to_spool};
	KeySelection selection = select_rows(reader, reader->order.last == NULL);
	MemoryContext old = MemoryContextSwitchTo(reader->cxt);
	Spool	   *spool = drs_spool_open(reader->desc, work_mem);
	SPIPlanPtr	plan;

	reader->slot = MakeSingleTupleTableSlot(drs_spool_desc(spool), &TTSOpsMinimalTuple);
	MemoryContextSwitchTo(old);
	batch.arg = spool;
	selection.nulls = true;
	plan = prepare_rows(reader, &selection, CURSOR_OPT_PARALLEL_OK);
	check_relations(reader, plan);
	run_batch(&batch, plan, make_params(reader), CurrentMemoryContext);
	if (reader->end == NULL)
		reader->end = reader->order.last;	/* only needed for drs_reader_end */
	reader->spool = spool;
}

/*
 * Make all checks that must come before the first row, and spool the input if
 * it cannot be read by key.
 */
static void
prepare_batch(Reader *reader)
{
	if (reader->spool_all || !drs_plan_seeks(reader->next))
	{
		fill_spool(reader);
		return;
	}
	check_relations(reader, reader->next);
	if (!reader->nulls_checked)
		check_nulls(reader);
}

void
drs_reader_begin(Reader *reader)
{
	SPI_connect();
	prepare_batch(reader);
	SPI_finish();
}

static void
start_end(TupleDesc desc, void *arg)
{
}

static bool
take_end(TupleTableSlot *slot, void *arg)
{
	Reader	   *reader = arg;
	MemoryContext old = MemoryContextSwitchTo(reader->cxt);

	slot_getallattrs(slot);
	reader->end = drs_key_copy(reader->key, slot->tts_values);
	MemoryContextSwitchTo(old);
	return true;
}

void
drs_reader_fix_end(Reader *reader)
{
	static const RowConsumer consumer = {start_end, take_end};
	SPIPlanPtr	plan;

	if (reader->end || will_spool(reader))
		return;
	SPI_connect();
	plan = drs_source_prepare(drs_keysql_greatest(reader->statement, reader->key, false), 0, NULL,
							  0);
	drs_source_execute(plan, NULL, 0, &consumer, reader);
	SPI_finish();
	/* without any row, the end is found when all rows are read at once */
	reader->spool_all = reader->end == NULL;
}

static bool
take_last(TupleTableSlot *slot, void *arg)
{
	const Reader *reader = arg;
	const Datum *last = last_key(reader);

	slot_getallattrs(slot);
	if (last == NULL || drs_key_compare(reader->key, slot->tts_values, last) > 0)
		drs_keyorder_refuse(&reader->order, slot->tts_values, slot->tts_isnull);
	return true;
}

/*
 * A key beyond the end was met.  If the order of an index is no longer that of
 * its type, others can follow it: raise unless the last key up to the end, in
 * the same snapshot, was read.
 */
static void
check_end(Reader *reader)
{
	static const RowConsumer consumer = {start_end, take_last};
	const Key  *key = reader->key;
	Oid		   *types = palloc(sizeof(Oid) * key->ncolumns);
	ParamListInfo params = makeParamList(key->ncolumns);
	SPIPlanPtr	plan;

	for (int i = 0; i < key->ncolumns; i++)
		types[i] = key->columns[i].type;
	set_params(params, 0, key, reader->end);
	plan = drs_source_prepare(drs_keysql_greatest(reader->statement, key, true), key->ncolumns,
							  types, 0);
	drs_source_execute(plan, params, 0, &consumer, reader);
}

static void
read_from_table(Batch *batch, MemoryContext cxt)
{
	Reader	   *reader = batch->reader;

	run_batch(batch, reader->order.last ? reader->next : reader->first, make_params(reader), cxt);
	if (batch->past_end)
		check_end(reader);
	if (batch->past_end || (!batch->stopped && batch->nrows <= reader->rows_per_read))
		reader->ended = true;
}

static void
read_from_spool(Batch *batch)
{
	Reader	   *reader = batch->reader;

	while (!batch->stopped)
	{
		CHECK_FOR_INTERRUPTS();
		if (!drs_spool_next(reader->spool, reader->slot))
		{
			reader->ended = true;
			return;
		}
		slot_getallattrs(reader->slot);
		batch->stopped = !batch->row(reader->slot->tts_values, reader->slot->tts_isnull,
									 batch->arg);
	}
}

/* Read one batch, or the spool, which needs neither SPI nor a transaction. */
static void
read_batch(Batch *batch)
{
	MemoryContext cxt = CurrentMemoryContext;

	if (!batch->reader->spool)
	{
		drs_scope_connect(batch->reader->statement);
		prepare_batch(batch->reader);
		if (!batch->reader->spool)
			read_from_table(batch, cxt);
		SPI_finish();
	}
	else
		read_from_spool(batch);
}

bool
drs_reader_read(Reader *reader, RowReader row, void *arg)
{
	while (!reader->ended)
	{
		Batch		batch = {.reader = reader, .row = row, .arg = arg};

		read_batch(&batch);
		if (batch.stopped)
			return true;
	}
	return false;
}
