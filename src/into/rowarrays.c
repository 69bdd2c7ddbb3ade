/*
 * rowarrays.c
 *		Gathered rows as arrays, one per column, which are parameters of the statements.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/executor.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "base/sqlname.h"
#include "config/settings.h"
#include "into/rowarrays.h"

/*
 * Citus prints the arrays of an update into the statement of every shard: with 32 of
 * them, these take about 80 times as much memory.
 */
#define PART_BYTES (4 * 1024 * 1024)

typedef struct ArrayColumn
{
	int			field;			/* of the rows, from 0 */
	Oid			type;			/* of the elements */
	bool		is_varlena;
	bool		as_text;		/* elements are the values' texts */
	FmgrInfo	output;			/* then */
	ArrayBuildState *build;
} ArrayColumn;

/* What is behind a RowArrays. */
typedef struct RowArraysState
{
	RowArrays	arrays;			/* first */
	TupleDesc	desc;
	int			ncolumns;
	ArrayColumn *columns;
	TypeCacheEntry *order;		/* of the first column; NULL: it has none */
	MemoryContext part_cxt;		/* of the values */
	MemoryContext row_cxt;		/* of texts on the way there */
	TupleTableSlot *slot;
} RowArraysState;

bool
drs_rowarrays_are_needed(void)
{
	return drs_rows_as_arrays || OidIsValid(get_extension_oid("citus", true));
}

/*
 * An array cannot be an element of another one, which would be one of more dimensions:
 * such values are passed as texts.  So are those of pseudo-types, of which there are no
 * arrays.
 */
static void
init_column(ArrayColumn *column, TupleDesc desc, int field)
{
	Form_pg_attribute attribute = TupleDescAttr(desc, field);
	Oid			output;
	bool		is_varlena;

	column->field = field;
	column->type = attribute->atttypid;
	column->is_varlena = attribute->attlen == -1;
	column->as_text = OidIsValid(get_element_type(attribute->atttypid)) ||
		!OidIsValid(get_array_type(attribute->atttypid));
	if (!column->as_text)
		return;
	getTypeOutputInfo(attribute->atttypid, &output, &is_varlena);
	fmgr_info(output, &column->output);
	column->type = TEXTOID;
}

/* The collation of a column, as in the rows' descriptor, for an expression of its type. */
static const char *
collate_clause(Form_pg_attribute attribute)
{
	return drs_sql_collate(attribute->atttypid, attribute->attcollation);
}

/*
 * "(SELECT unnest($2) AS c1, unnest($3)::int[] AS c2) AS r".  Unlike functions in FROM,
 * those of a SELECT list need not have all their rows stored, and composite values stay
 * one column.
 */
static const char *
build_from(const RowArraysState *state)
{
	StringInfoData sql;

	initStringInfo(&sql);
	for (int i = 0; i < state->ncolumns; i++)
	{
		const ArrayColumn *column = &state->columns[i];
		Form_pg_attribute attribute = TupleDescAttr(state->desc, column->field);

		appendStringInfo(&sql, "%spg_catalog.unnest($%d)", i > 0 ? ", " : "(SELECT ", i + 2);
		if (column->as_text)
			appendStringInfo(&sql, "::%s", drs_sql_type(attribute->atttypid));
		appendStringInfo(&sql, "%s AS c%d", collate_clause(attribute), column->field + 1);
	}
	appendStringInfoString(&sql, ") AS r");
	return sql.data;
}

/* Let the least and the greatest value of the first column be parameters, too. */
static void
add_range(RowArraysState *state)
{
	RowArrays  *arrays = &state->arrays;
	Parameters *parameters = &arrays->parameters;
	Form_pg_attribute first = TupleDescAttr(state->desc, 0);
	TypeCacheEntry *order = lookup_type_cache(first->atttypid, TYPECACHE_CMP_PROC_FINFO);

	if (!OidIsValid(order->cmp_proc))
		return;
	state->order = order;
	for (int i = 0; i < 2; i++)
	{
		parameters->types[parameters->count] = first->atttypid;
		parameters->nulls[parameters->count++] = 'n';
	}
	arrays->sql.least = psprintf("($%d%s)", parameters->count - 1, collate_clause(first));
	arrays->sql.greatest = psprintf("($%d%s)", parameters->count, collate_clause(first));
}

static void
add_column(RowArraysState *state, int field)
{
	Parameters *parameters = &state->arrays.parameters;
	ArrayColumn *column = &state->columns[state->ncolumns++];

	init_column(column, state->desc, field);
	parameters->types[parameters->count] = get_array_type(column->type);
	parameters->values[parameters->count] = PointerGetDatum(construct_empty_array(column->type));
	parameters->count++;
}

RowArrays *
drs_rowarrays_open(TupleDesc desc, const Bitmapset *used, bool ranged)
{
	RowArraysState *state = palloc0(sizeof(RowArraysState));
	Parameters *parameters = &state->arrays.parameters;
	int			most = desc->natts + 3;

	state->desc = desc;
	state->columns = palloc0(sizeof(ArrayColumn) * desc->natts);
	state->slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	state->part_cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring row arrays",
											ALLOCSET_DEFAULT_SIZES);
	state->row_cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring row as texts",
										   ALLOCSET_DEFAULT_SIZES);
	parameters->types = palloc0(sizeof(Oid) * most);
	parameters->values = palloc0(sizeof(Datum) * most);
	parameters->nulls = palloc(most);
	memset(parameters->nulls, ' ', most);
	parameters->types[parameters->count++] = INT8OID;
	for (int i = 0; i < desc->natts; i++)
		if (bms_is_member(i, used))
			add_column(state, i);
	state->arrays.sql.from = build_from(state);
	if (ranged)
		add_range(state);
	return &state->arrays;
}

static void
begin_part(RowArraysState *state)
{
	MemoryContextReset(state->part_cxt);
	for (int i = 0; i < state->ncolumns; i++)
		state->columns[i].build = initArrayResult(state->columns[i].type, state->part_cxt, true);
	if (state->order)
		memset(state->arrays.parameters.nulls + state->ncolumns + 1, 'n', 2);
}

static void
set_bound(RowArraysState *state, int parameter, Datum value)
{
	Parameters *parameters = &state->arrays.parameters;
	MemoryContext old = MemoryContextSwitchTo(state->part_cxt);

	if (parameters->nulls[parameter] == ' ' && !state->order->typbyval)
		pfree(DatumGetPointer(parameters->values[parameter]));
	parameters->values[parameter] = datumCopy(value, state->order->typbyval,
											  state->order->typlen);
	parameters->nulls[parameter] = ' ';
	MemoryContextSwitchTo(old);
}

static int
compare_first(RowArraysState *state, Datum a, Datum b)
{
	return DatumGetInt32(FunctionCall2Coll(&state->order->cmp_proc_finfo,
										   TupleDescAttr(state->desc, 0)->attcollation, a, b));
}

/* Widen the range of the first column's values by one: most often, by a greater one. */
static void
widen_range(RowArraysState *state, Datum value)
{
	const Parameters *parameters = &state->arrays.parameters;
	int			least = state->ncolumns + 1;
	int			greatest = least + 1;

	if (parameters->nulls[least] != ' ')
	{
		set_bound(state, least, value);
		set_bound(state, greatest, value);
	}
	else if (compare_first(state, value, parameters->values[greatest]) > 0)
		set_bound(state, greatest, value);
	else if (compare_first(state, value, parameters->values[least]) < 0)
		set_bound(state, least, value);
}

/* Append a row; returns about how many bytes it takes. */
static Size
append_row(RowArraysState *state)
{
	TupleTableSlot *slot = state->slot;
	Size		size = 0;

	slot_getallattrs(slot);
	if (state->order && !slot->tts_isnull[0])
		widen_range(state, slot->tts_values[0]);
	for (int i = 0; i < state->ncolumns; i++)
	{
		ArrayColumn *column = &state->columns[i];
		Datum		value = slot->tts_values[column->field];
		bool		isnull = slot->tts_isnull[column->field];

		if (column->as_text && !isnull)
			value = CStringGetTextDatum(OutputFunctionCall(&column->output, value));
		size += sizeof(Datum);
		if (column->is_varlena && !isnull)
			size += toast_raw_datum_size(value);
		column->build = accumArrayResult(column->build, value, isnull, column->type,
										 state->part_cxt);
	}
	return size;
}

static bool
append_rows(RowArraysState *state, Spool *rows)
{
	MemoryContext old = MemoryContextSwitchTo(state->row_cxt);
	Size		size = 0;
	int64		count = 0;

	while (size < PART_BYTES && drs_spool_next(rows, state->slot))
	{
		size += append_row(state);
		count++;
		MemoryContextReset(state->row_cxt);
	}
	ExecClearTuple(state->slot);
	MemoryContextSwitchTo(old);
	return count > 0;
}

bool
drs_rowarrays_fill(RowArrays *arrays, Spool *rows)
{
	RowArraysState *state = (RowArraysState *) arrays;
	bool		filled;

	begin_part(state);
	filled = append_rows(state, rows);
	for (int i = 0; i < state->ncolumns; i++)
		arrays->parameters.values[i + 1] = makeArrayResult(state->columns[i].build,
														   state->part_cxt);
	return filled;
}
