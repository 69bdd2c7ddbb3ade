/*
 * sourcecolumns.c
 *		Chooses which columns of a row are sent and which are kept.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/lsyscache.h"

#include "base/closest.h"
#include "base/names.h"
#include "base/renaming.h"
#include "rows/sourcecolumns.h"

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

/* Append the named columns to columns->kept; no column may be in one of the lists twice. */
static void
keep_columns(Columns *columns, List *names)
{
	int			first = columns->nkept;
	ListCell   *lc;

	foreach(lc, names)
	{
		const char *name = lfirst(lc);
		int			index = drs_names_column(columns->desc, name);

		if (index < 0)
			refuse_unknown_column(columns->desc, name);
		for (int i = first; i < columns->nkept; i++)
			if (columns->kept[i] == index)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("column \"%s\" is named twice as a %s column", name,
								first == 0 ? "key" : "passthrough")));
		columns->kept[columns->nkept++] = index;
	}
}

/* Raise when two columns are sent under one name, because features are found by name. */
static void
check_feature_names(const Columns *columns)
{
	for (int i = 0; i < columns->nsent; i++)
		for (int j = 0; j < i; j++)
			if (strcmp(columns->names[i], columns->names[j]) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("feature \"%s\" appears more than once", columns->names[i]),
						 errhint("Give each column of the rows to score its own name.")));
}

/* Is it a column of a time series?  A model needs those, even if they are keys. */
static bool
is_of_series(const Options *options, const char *name)
{
	return drs_names_have(options->call.series_columns, name) ||
		(options->call.time_column && strcmp(options->call.time_column, name) == 0);
}

bool
drs_columns_is_text(const Columns *columns, int column)
{
	Oid			type = TupleDescAttr(columns->desc, column)->atttypid;

	return type == TEXTOID || type == VARCHAROID || getBaseType(type) == TEXTOID ||
		getBaseType(type) == VARCHAROID;
}

/* Let the server return the passthrough columns, so that they are not kept. */
static void
hand_over(Columns *columns, const Options *options)
{
	columns->npassed = columns->nkept - columns->nkeys;
	columns->passed = palloc(sizeof(int) * (columns->npassed + 1));
	memcpy(columns->passed, columns->kept + columns->nkeys, sizeof(int) * columns->npassed);
	columns->nkept = columns->nkeys;
	if (options->call.passthrough_columns_set)	/* the server returns all columns that are sent */
	{
		columns->passed = columns->sent;
		columns->npassed = columns->nsent;
	}
}

/* Must the column be sent, even if it is a key or not a feature? */
static bool
is_needed(const Options *options, const WantedColumns *wanted, const char *name,
		  const char *sent_as)
{
	return is_of_series(options, name) || (wanted && drs_names_have(wanted->association, sent_as));
}

static bool
is_kept(const Columns *columns, int first, int end, int index)
{
	for (int i = first; i < end; i++)
		if (columns->kept[i] == index)
			return true;
	return false;
}

static bool
is_sent(const Columns *columns, const Options *options, const WantedColumns *wanted, int index,
		const char *sent_as)
{
	bool		is_key = is_kept(columns, 0, columns->nkeys, index);
	bool		is_passthrough = is_kept(columns, columns->nkeys, columns->nkept, index);

	if (is_needed(options, wanted, NameStr(TupleDescAttr(columns->desc, index)->attname), sent_as))
		return true;
	if (is_key && !is_passthrough)
		return false;
	if (wanted == NULL || wanted->features == NIL || drs_names_have(wanted->features, sent_as))
		return true;
	/* what the server is to return has to be sent */
	return options->call.wire_passthrough &&
		(is_passthrough || options->call.passthrough_columns_set);
}

/*
 * Raise when feature_names names a column that does not exist, or a key column
 * that is not sent.
 */
static void
check_renamed(const Columns *columns, const Options *options)
{
	ListCell   *lc;

	foreach(lc, options->call.feature_names)
	{
		const Renaming *renaming = lfirst(lc);
		int			index = drs_names_column(columns->desc, renaming->from);
		bool		sent = false;

		if (index < 0)
			refuse_unknown_column(columns->desc, renaming->from);
		for (int i = 0; i < columns->nsent; i++)
			sent |= columns->sent[i] == index;
		if (!sent && is_kept(columns, 0, columns->nkeys, index))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("\"feature_names\" names column \"%s\", which is a key column and not"
							" sent", renaming->from),
					 errhint("It is sent if it is not a key column or, except in window functions,"
							 " if it is a passthrough column as well.")));
	}
}

static void
choose_sent(Columns *columns, const Options *options, const WantedColumns *wanted)
{
	TupleDesc	desc = columns->desc;

	columns->sent = palloc(sizeof(int) * (desc->natts + 1));
	columns->names = palloc(sizeof(char *) * (desc->natts + 1));
	for (int i = 0; i < desc->natts; i++)
	{
		const char *name = drs_renaming_apply(options->call.feature_names,
											  NameStr(TupleDescAttr(desc, i)->attname));

		if (TupleDescAttr(desc, i)->attisdropped || !is_sent(columns, options, wanted, i, name))
			continue;
		columns->names[columns->nsent] = name;
		columns->sent[columns->nsent++] = i;
	}
	check_renamed(columns, options);
	if (columns->nsent == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there is no column to send"),
				 wanted && wanted->features ?
				 errdetail("No column is a feature of the deployment.") :
				 columns->nkeys > 0 ? errdetail("All columns of the rows are key columns.") : 0));
	check_feature_names(columns);
}

Columns *
drs_columns_choose(TupleDesc desc, const Options *options, const WantedColumns *wanted)
{
	Columns    *columns = palloc0(sizeof(Columns));

	columns->desc = desc;
	columns->kept = palloc(sizeof(int) * (list_length(options->call.key_columns) +
										  list_length(options->call.passthrough_columns) +
										  desc->natts + 1));
	keep_columns(columns, options->call.key_columns);
	columns->nkeys = columns->nkept;
	keep_columns(columns, options->call.passthrough_columns);
	choose_sent(columns, options, wanted);
	if (options->call.passthrough_columns_set)
		for (int i = 0; i < desc->natts; i++)
			if (!TupleDescAttr(desc, i)->attisdropped && !is_kept(columns, 0, columns->nkeys, i))
				columns->kept[columns->nkept++] = i;
	if (options->call.wire_passthrough)
		hand_over(columns, options);
	return columns;
}

void
drs_columns_keep(Columns *columns, int column)
{
	if (!is_kept(columns, 0, columns->nkept, column))
		columns->kept[columns->nkept++] = column;
}

bool
drs_columns_is_key_again(const Columns *columns, int i)
{
	return i >= columns->nkeys && is_kept(columns, 0, columns->nkeys, columns->kept[i]);
}

int
drs_columns_find_sent(const Columns *columns, const char *name)
{
	for (int i = 0; i < columns->nsent; i++)
		if (strcmp(columns->names[i], name) == 0)
			return i;
	return -1;
}

const char *
drs_columns_sent_as(const Columns *columns, int column)
{
	for (int i = 0; i < columns->nsent; i++)
		if (columns->sent[i] == column)
			return columns->names[i];
	return NameStr(TupleDescAttr(columns->desc, column)->attname);
}

bool
drs_columns_sends_key(const Columns *columns, const char *name)
{
	int			place = drs_columns_find_sent(columns, name);

	return place >= 0 && is_kept(columns, 0, columns->nkeys, columns->sent[place]);
}

void
drs_columns_refuse_passthrough(const Options *options)
{
	const char *given = options->call.passthrough_columns != NIL ? "passthrough_columns" :
		options->call.passthrough_columns_set ? "passthrough_columns_set" : NULL;

	if (given)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" has no meaning for a window function", given),
				 errhint("The query can select the columns of the row itself.")));
}
