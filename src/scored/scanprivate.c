/*
 * scanprivate.c
 *		What the planner leaves for the executor in a ForeignScan of a scored
 *		table.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "utils/plancache.h"

#include "scored/scanprivate.h"

/* Members of the list. */
enum
{
	PRIVATE_CONDITIONS,
	PRIVATE_SORT_COLUMNS,
	PRIVATE_SORT_OPERATORS,		/* pairs: order, equality */
	PRIVATE_SORT_FLAGS,			/* pairs: nulls first, hashable */
	PRIVATE_COLUMNS,
	PRIVATE_FLAGS,
	PRIVATE_ASKED,
	PRIVATE_NAMES,
	PRIVATE_TYPES,
	PRIVATE_TYPMODS,
	PRIVATE_COLLATIONS,
	PRIVATE_ROWS,
	PRIVATE_REQUESTS
};

/* Bits of PRIVATE_FLAGS. */
enum
{
	FLAG_ALL = 1,
	FLAG_FAST_START = 2,
	FLAG_SENDS = 4
};

static List *
members_list(const Bitmapset *set)
{
	List	   *members = NIL;
	int			member = -1;

	while ((member = bms_next_member(set, member)) >= 0)
		members = lappend_int(members, member);
	return members;
}

static Bitmapset *
members_set(const List *members)
{
	Bitmapset  *set = NULL;
	ListCell   *lc;

	foreach(lc, members)
		set = bms_add_member(set, lfirst_int(lc));
	return set;
}

static Node *
number(double value)
{
	return (Node *) makeFloat(psprintf("%.17g", value));
}

static void
add_sort(const List *sort, List **columns, List **operators, List **flags)
{
	ListCell   *lc;

	foreach(lc, sort)
	{
		const SourceSort *key = lfirst(lc);

		*columns = lappend_int(*columns, key->column);
		*operators = lappend_oid(lappend_oid(*operators, key->sortop), key->eqop);
		*flags = lappend_int(lappend_int(*flags, key->nulls_first), key->hashable);
	}
}

static List *
sort_of(const List *columns, const List *operators, const List *flags)
{
	List	   *sort = NIL;

	for (int i = 0; i < list_length(columns); i++)
	{
		SourceSort *key = palloc(sizeof(SourceSort));

		key->column = list_nth_int(columns, i);
		key->sortop = list_nth_oid(operators, 2 * i);
		key->eqop = list_nth_oid(operators, 2 * i + 1);
		key->nulls_first = list_nth_int(flags, 2 * i) != 0;
		key->hashable = list_nth_int(flags, 2 * i + 1) != 0;
		sort = lappend(sort, key);
	}
	return sort;
}

List *
drs_scanprivate_list(const ScanPrivate *private)
{
	const SourceAsk *ask = &private->ask;
	int			flags = (ask->all ? FLAG_ALL : 0) | (ask->fast_start ? FLAG_FAST_START : 0) |
		(private->sends ? FLAG_SENDS : 0);
	List	   *sort_columns = NIL;
	List	   *sort_operators = NIL;
	List	   *sort_flags = NIL;
	List	   *list;

	add_sort(ask->sort, &sort_columns, &sort_operators, &sort_flags);
	/* in the order of the enum */
	list = list_make5(ask->conditions, sort_columns, sort_operators, sort_flags,
					  members_list(ask->columns));
	list = lappend(list, makeInteger(flags));
	list = lappend(list, private->asked);
	list = lappend(list, private->names);
	list = lappend(list, private->types);
	list = lappend(list, private->typmods);
	list = lappend(list, private->collations);
	list = lappend(list, number(private->rows));
	return lappend(list, number(private->requests));
}

ScanPrivate *
drs_scanprivate_of(List *fdw_private)
{
	ScanPrivate *private = palloc0(sizeof(ScanPrivate));
	int			flags = intVal(list_nth(fdw_private, PRIVATE_FLAGS));

	private->ask.conditions = list_nth(fdw_private, PRIVATE_CONDITIONS);
	private->ask.sort = sort_of(list_nth(fdw_private, PRIVATE_SORT_COLUMNS),
								list_nth(fdw_private, PRIVATE_SORT_OPERATORS),
								list_nth(fdw_private, PRIVATE_SORT_FLAGS));
	private->ask.columns = members_set(list_nth(fdw_private, PRIVATE_COLUMNS));
	private->ask.all = (flags & FLAG_ALL) != 0;
	private->ask.fast_start = (flags & FLAG_FAST_START) != 0;
	private->asked = list_nth(fdw_private, PRIVATE_ASKED);
	private->names = list_nth(fdw_private, PRIVATE_NAMES);
	private->types = list_nth(fdw_private, PRIVATE_TYPES);
	private->typmods = list_nth(fdw_private, PRIVATE_TYPMODS);
	private->collations = list_nth(fdw_private, PRIVATE_COLLATIONS);
	private->rows = floatVal(list_nth(fdw_private, PRIVATE_ROWS));
	private->requests = floatVal(list_nth(fdw_private, PRIVATE_REQUESTS));
	private->sends = (flags & FLAG_SENDS) != 0;
	return private;
}

void
drs_scanprivate_set_source(ScanPrivate *private, TupleDesc source)
{
	private->names = private->types = private->typmods = private->collations = NIL;
	for (int i = 0; i < source->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(source, i);

		private->names = lappend(private->names, makeString(pstrdup(NameStr(column->attname))));
		private->types = lappend_oid(private->types, column->atttypid);
		private->typmods = lappend_int(private->typmods, column->atttypmod);
		private->collations = lappend_oid(private->collations, column->attcollation);
	}
}

static bool
is_as_planned(const ScanPrivate *private, TupleDesc source)
{
	if (list_length(private->types) != source->natts)
		return false;
	for (int i = 0; i < source->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(source, i);

		if (strcmp(NameStr(column->attname), strVal(list_nth(private->names, i))) != 0 ||
			column->atttypid != list_nth_oid(private->types, i) ||
			column->atttypmod != list_nth_int(private->typmods, i) ||
			column->attcollation != list_nth_oid(private->collations, i))
			return false;
	}
	return true;
}

void
drs_scanprivate_check(const ScanPrivate *private, TupleDesc source)
{
	if (is_as_planned(private, source))
		return;
	/* nobody else has told the cache of plans: it would take the same one again */
	ResetPlanCache();
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the columns of the query have changed since the statement was planned"),
			 errhint("Run the statement again.")));
}
