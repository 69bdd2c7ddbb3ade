/*
 * reader.c
 *		Reads the rows of a query in the order of its key, in bits.
 *
 * A bit is one execution of a kept plan: the rows from the last key on, up to
 * a LIMIT.  It finds the last row again, when that is still there, and leaves
 * it out; in that way a second row of the same key cannot hide between two
 * bits.
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
	MemoryContext cxt;			/* of the reader and all that it has */
	const char *statement;
	List	   *relations;		/* of Oid */
	bool		may_write;
	bool		reads_unseen;
	bool		is_temporary;
	TupleDesc	desc;
	Key		   *key;
	KeyOrder	order;
	Datum	   *after;			/* the range; NULL: open */
	Datum	   *upto;
	Datum	   *end;			/* no key beyond it is read; NULL: it is not known */
	int			rows_per_read;
	bool		spool_all;
	bool		nulls_checked;
	bool		ended;
	SPIPlanPtr	first;			/* a bit before any row was read */
	SPIPlanPtr	next;			/* and any other */
	Spool	   *spool;			/* all rows still to come, once there is one */
	TupleTableSlot *slot;		/* for its rows */
	MemoryContextCallback ending;
};

/* One execution of a statement. */
typedef struct Bit
{
	Reader	   *reader;
	RowReader	row;
	void	   *arg;
	int64		nrows;
	bool		stopped;		/* row has returned false */
	bool		past_end;		/* a key beyond the end was met */
} Bit;

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

/* What the bounds of a statement are: lower is the last key, or else where the range begins. */
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

	/* one more, for the row that is found again */
	selection.limit = reader->rows_per_read + 1;
	prepared = prepare_rows(reader, &selection, CURSOR_OPT_GENERIC_PLAN);
	SPI_keepplan(prepared);
	*plan = prepared;
}

/* Look at the caller's query as it is, and at what the planner thinks of it. */
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

/* Will the first read spool the input, as things are now?  Inside a snapshot. */
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

/* The plan is made anew when a table changes; what was found out about its columns is not. */
static void
check_desc(TupleDesc desc, void *arg)
{
	const Reader *reader = ((Bit *) arg)->reader;
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
	Bit		   *bit = arg;
	bool		is_first = bit->nrows++ == 0;

	slot_getallattrs(slot);
	bit->past_end = is_past_end(bit->reader, slot);
	if (bit->past_end)
		return false;
	/* the first row of a bit may be the last of the one before */
	if (!drs_keyorder_next(&bit->reader->order, slot->tts_values, slot->tts_isnull, is_first))
		return true;
	bit->stopped = !bit->row(slot->tts_values, slot->tts_isnull, bit->arg);
	return !bit->stopped;
}

static const RowConsumer bit_consumer = {check_desc, take_row};

/*
 * Copied, because the executor uses them to the end, when
 * newer keys have long taken the place of the last one.
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

/* The key of the last row, else where the range begins; NULL: nowhere. */
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

/* A table of that name can have come to stand before the one that was meant, or in its place. */
static void
check_relations(const Reader *reader, SPIPlanPtr plan)
{
	CachedPlanSource *source = linitial(SPI_plan_get_plan_sources(plan));

	if (list_difference_oid(source->relationOids, reader->relations) != NIL ||
		list_difference_oid(reader->relations, source->relationOids) != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the query does not mean the same relations as when the run began"),
				 errdetail("A table or view was replaced, or another of the same name is found"
						   " first by now.")));
}

/* Within SPI; what is in SPI's context goes, what row allocates is in cxt. */
static void
run_bit(Bit *bit, SPIPlanPtr plan, ParamListInfo params, MemoryContext cxt)
{
	MemoryContext old = MemoryContextSwitchTo(cxt);

	drs_source_execute(plan, params, 0, &bit_consumer, bit);
	MemoryContextSwitchTo(old);
}

/*
 * What orders rows leaves those with a NULL to the end, and
 * what seeks a key does not see them at all.
 */
static void
check_nulls(Reader *reader)
{
	Bit			bit = {.reader = reader};
	SPIPlanPtr	plan = drs_source_prepare(drs_keysql_null(reader->statement, reader->key), 0, NULL,
										  CURSOR_OPT_PARALLEL_OK);

	run_bit(&bit, plan, NULL, CurrentMemoryContext);
	reader->nulls_checked = true;
}

static bool
put_to_spool(const Datum *values, const bool *isnull, void *arg)
{
	drs_spool_put(arg, values, isnull);
	return true;
}

/* Read all rows still to come. */
static void
fill_spool(Reader *reader)
{
	Bit			bit = {.reader = reader, .row = put_to_spool};
	KeySelection selection = select_rows(reader, reader->order.last == NULL);
	MemoryContext old = MemoryContextSwitchTo(reader->cxt);
	Spool	   *spool = drs_spool_open(reader->desc, work_mem);
	SPIPlanPtr	plan;

	reader->slot = MakeSingleTupleTableSlot(drs_spool_desc(spool), &TTSOpsMinimalTuple);
	MemoryContextSwitchTo(old);
	bit.arg = spool;
	selection.nulls = true;
	plan = prepare_rows(reader, &selection, CURSOR_OPT_PARALLEL_OK);
	check_relations(reader, plan);
	run_bit(&bit, plan, make_params(reader), CurrentMemoryContext);
	if (reader->end == NULL)
		reader->end = reader->order.last;	/* of no use any more but to tell it */
	reader->spool = spool;
}

/*
 * Make sure that all is checked that must be before the
 * first row, and that what cannot be sought is spooled.
 */
static void
prepare_bit(Reader *reader)
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
	prepare_bit(reader);
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
	/* without any row, the end is known when all is read at once */
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
 * A key beyond the end has come.  From an index whose order is not that of
 * the type any more, it can come before others: the last one up to the end,
 * by the same snapshot, must have been read.
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
read_from_table(Bit *bit, MemoryContext cxt)
{
	Reader	   *reader = bit->reader;

	run_bit(bit, reader->order.last ? reader->next : reader->first, make_params(reader), cxt);
	if (bit->past_end)
		check_end(reader);
	if (bit->past_end || (!bit->stopped && bit->nrows <= reader->rows_per_read))
		reader->ended = true;
}

static void
read_from_spool(Bit *bit)
{
	Reader	   *reader = bit->reader;

	while (!bit->stopped)
	{
		CHECK_FOR_INTERRUPTS();
		if (!drs_spool_next(reader->spool, reader->slot))
		{
			reader->ended = true;
			return;
		}
		slot_getallattrs(reader->slot);
		bit->stopped = !bit->row(reader->slot->tts_values, reader->slot->tts_isnull, bit->arg);
	}
}

/* One execution, or all of the spool; the spool needs no SPI, nor a transaction. */
static void
read_bit(Bit *bit)
{
	MemoryContext cxt = CurrentMemoryContext;

	if (!bit->reader->spool)
	{
		drs_scope_connect(bit->reader->statement);
		prepare_bit(bit->reader);
		if (!bit->reader->spool)
			read_from_table(bit, cxt);
		SPI_finish();
	}
	else
		read_from_spool(bit);
}

bool
drs_reader_read(Reader *reader, RowReader row, void *arg)
{
	while (!reader->ended)
	{
		Bit			bit = {.reader = reader, .row = row, .arg = arg};

		read_bit(&bit);
		if (bit.stopped)
			return true;
	}
	return false;
}
