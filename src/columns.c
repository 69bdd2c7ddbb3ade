/*
 * columns.c
 *		Sorts the columns of a row into features and kept ones.  PostgreSQL licence.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "nodes/bitmapset.h"

#include "closest.h"
#include "columns.h"

/* The column of that name, or -1. */
static int
find_column(TupleDesc desc, const char *name)
{
	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped &&
			strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
			return i;
	return -1;
}

static void
refuse_unknown_column(TupleDesc desc, const char *name)
{
	ClosestName closest;
	StringInfoData all;

	initStringInfo(&all);
	drs_closest_init(&closest, name);
	for (int i = 0; i < desc->natts; i++)
	{
		const char *other = NameStr(TupleDescAttr(desc, i)->attname);

		if (TupleDescAttr(desc, i)->attisdropped)
			continue;
		appendStringInfo(&all, "%s\"%s\"", all.len > 0 ? ", " : "", other);
		drs_closest_try(&closest, other);
	}
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("column \"%s\" does not exist in the rows to score", name),
			 errdetail("They have the columns %s.", all.data),
			 closest.found ? errhint("Perhaps you meant the column \"%s\".", closest.found) : 0));
}

/* Append the named columns to columns->kept; no column may be kept twice. */
static void
keep_columns(Columns *columns, List *names)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		const char *name = lfirst(lc);
		int			index = find_column(columns->desc, name);

		if (index < 0)
			refuse_unknown_column(columns->desc, name);
		for (int i = 0; i < columns->nkept; i++)
			if (columns->kept[i] == index)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("column \"%s\" is named twice as key or passthrough column", name)));
		columns->kept[columns->nkept++] = index;
	}
}

/* Features are found by name, so a name may stand for one column only. */
static void
check_feature_names(const Columns *columns)
{
	for (int i = 0; i < columns->nsent; i++)
	{
		const char *name = NameStr(TupleDescAttr(columns->desc, columns->sent[i])->attname);

		for (int j = 0; j < i; j++)
			if (strcmp(name, NameStr(TupleDescAttr(columns->desc, columns->sent[j])->attname)) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("feature \"%s\" appears more than once", name),
						 errhint("Give each column of the rows to score its own name.")));
	}
}

/* A model of time series has to see them, also where they are keys. */
static bool
is_of_series(const Options *options, const char *name)
{
	ListCell   *lc;

	foreach(lc, options->series_columns)
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	return options->time_column && strcmp(options->time_column, name) == 0;
}

Columns *
drs_columns_choose(TupleDesc desc, const Options *options)
{
	Columns    *columns = palloc0(sizeof(Columns));
	List	   *keys = options->key_columns;
	List	   *passthrough = options->passthrough_columns;
	Bitmapset  *keys_kept = NULL;
	Bitmapset  *withheld = NULL;	/* keys that are not sent */

	columns->desc = desc;
	columns->kept = palloc(sizeof(int) * (list_length(keys) + list_length(passthrough) + desc->natts + 1));
	columns->sent = palloc(sizeof(int) * (desc->natts + 1));
	keep_columns(columns, keys);
	columns->nkeys = columns->nkept;
	for (int i = 0; i < columns->nkeys; i++)
	{
		keys_kept = bms_add_member(keys_kept, columns->kept[i]);
		if (!is_of_series(options, NameStr(TupleDescAttr(desc, columns->kept[i])->attname)))
			withheld = bms_add_member(withheld, columns->kept[i]);
	}
	keep_columns(columns, passthrough);

	for (int i = 0; i < desc->natts; i++)
		if (!TupleDescAttr(desc, i)->attisdropped && !bms_is_member(i, withheld))
			columns->sent[columns->nsent++] = i;
	if (columns->nsent == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no column to send"),
				 columns->nkeys > 0 ? errdetail("All columns of the rows are key columns.") : 0));
	check_feature_names(columns);
	if (options->passthrough_columns_set)
		for (int i = 0; i < columns->nsent; i++)
			if (!bms_is_member(columns->sent[i], keys_kept))
				columns->kept[columns->nkept++] = columns->sent[i];
	if (options->wire_passthrough)
		columns->nkept = columns->nkeys;
	return columns;
}
