/*
 * key.c
 *		The key columns of a row: compares, copies, and writes them as text.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "base/closest.h"
#include "base/compat.h"
#include "base/fixedsettings.h"
#include "base/sqlname.h"
#include "rows/key.h"

static void
raise_no_column(TupleDesc desc, const char *name)
{
	const char *closest = drs_closest_column(desc, name);

	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("the query has no key column \"%s\"", name),
			 closest ? errhint("Perhaps you meant the column \"%s\".", closest) : 0));
}

/* The index of the column of that name.  Raises when there is none or several. */
static int
find_column(TupleDesc desc, const char *name)
{
	int			found = -1;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		if (column->attisdropped || strcmp(NameStr(column->attname), name) != 0)
			continue;
		if (found >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_AMBIGUOUS_COLUMN),
					 errmsg("the key column \"%s\" is ambiguous", name),
					 errdetail("The query has more than one column of that name.")));
		found = i;
	}
	if (found < 0)
		raise_no_column(desc, name);
	return found;
}

static void
find_order(KeyColumn *column)
{
	/* a value of an anonymous row type cannot be read back from its text */
	if (!drs_sql_is_ordered(column->type) || get_typtype(column->type) == TYPTYPE_PSEUDO)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("column \"%s\" cannot be a key column", column->name),
				 errdetail("Its type %s has no default btree order.",
						   format_type_be(column->type))));
	column->order = palloc0(sizeof(SortSupportData));
	column->order->ssup_cxt = CurrentMemoryContext;
	column->order->ssup_collation = column->collation;
	PrepareSortSupportFromOrderingOp(lookup_type_cache(column->type, TYPECACHE_LT_OPR)->lt_opr,
									 column->order);
}

static void
fill_column(KeyColumn *column, TupleDesc desc, const char *name)
{
	Form_pg_attribute attribute;
	Oid			function;
	bool		is_varlena;

	column->index = find_column(desc, name);
	attribute = TupleDescAttr(desc, column->index);
	column->name = pstrdup(name);
	column->declared = attribute->atttypid;
	column->type = getBaseType(column->declared);
	column->collation = attribute->attcollation;
	column->by_value = attribute->attbyval;
	column->len = attribute->attlen;
	find_order(column);
	getTypeOutputInfo(column->type, &function, &is_varlena);
	fmgr_info(function, &column->output);
	getTypeInputInfo(column->type, &function, &column->io_param);
	fmgr_info(function, &column->input);
}

Key *
drs_key_of(TupleDesc desc, List *names)
{
	Key		   *key = palloc0(sizeof(Key));
	ListCell   *lc;

	key->columns = palloc0(sizeof(KeyColumn) * list_length(names));
	foreach(lc, names)
	{
		const char *name = lfirst(lc);

		for (int i = 0; i < key->ncolumns; i++)
			if (strcmp(key->columns[i].name, name) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("the key column \"%s\" is named twice", name)));
		fill_column(&key->columns[key->ncolumns], desc, name);
		key->has_money |= key->columns[key->ncolumns].type == MONEYOID;
		key->ncolumns++;
	}
	return key;
}

List *
drs_key_texts(const Key *key, const Datum *row_values, const bool *row_isnull)
{
	List	   *texts = NIL;
	int			nestlevel = drs_fixed_settings_begin(key->has_money);

	for (int i = 0; i < key->ncolumns; i++)
	{
		KeyColumn  *column = &key->columns[i];

		texts = lappend(texts, row_isnull[column->index] ? NULL :
						OutputFunctionCall(&column->output, row_values[column->index]));
	}
	drs_fixed_settings_end(nestlevel);
	return texts;
}

List *
drs_key_value_texts(const Key *key, const Datum *key_values)
{
	List	   *texts = NIL;
	int			nestlevel = drs_fixed_settings_begin(key->has_money);

	for (int i = 0; i < key->ncolumns; i++)
		texts = lappend(texts, OutputFunctionCall(&key->columns[i].output, key_values[i]));
	drs_fixed_settings_end(nestlevel);
	return texts;
}

Datum *
drs_key_values(const Key *key, List *texts)
{
	Datum	   *key_values = palloc(sizeof(Datum) * key->ncolumns);
	int			nestlevel = drs_fixed_settings_begin(key->has_money);

	if (list_length(texts) != key->ncolumns || list_member_ptr(texts, NULL))
		elog(ERROR, "no key of %d columns: %d values", key->ncolumns, list_length(texts));
	for (int i = 0; i < key->ncolumns; i++)
	{
		KeyColumn  *column = &key->columns[i];

		/* without the type modifier, which was applied before the text was made */
		key_values[i] = InputFunctionCall(&column->input, list_nth(texts, i), column->io_param,
										  -1);
	}
	drs_fixed_settings_end(nestlevel);
	return key_values;
}

List *
drs_key_types(const Key *key)
{
	List	   *types = NIL;

	for (int i = 0; i < key->ncolumns; i++)
		types = lappend(types, psprintf("%u %u", key->columns[i].type, key->columns[i].collation));
	return types;
}

char *
drs_key_show(const Key *key, const Datum *row_values, const bool *row_isnull)
{
	List	   *texts = drs_key_texts(key, row_values, row_isnull);
	StringInfoData names,
				values;

	initStringInfo(&names);
	initStringInfo(&values);
	for (int i = 0; i < key->ncolumns; i++)
	{
		const char *text = list_nth(texts, i);

		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "", key->columns[i].name);
		appendStringInfo(&values, "%s%s", i > 0 ? ", " : "", text ? text : "null");
	}
	return psprintf("(%s)=(%s)", names.data, values.data);
}

const char *
drs_key_null_column(const Key *key, const bool *row_isnull)
{
	for (int i = 0; i < key->ncolumns; i++)
		if (row_isnull[key->columns[i].index])
			return key->columns[i].name;
	return NULL;
}

Datum *
drs_key_copy(const Key *key, const Datum *row_values)
{
	Datum	   *key_values = palloc(sizeof(Datum) * key->ncolumns);

	for (int i = 0; i < key->ncolumns; i++)
	{
		const KeyColumn *column = &key->columns[i];
		Datum		value = row_values[column->index];

		if (column->len == -1)
			key_values[i] = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
		else
			key_values[i] = datumCopy(value, column->by_value, column->len);
	}
	return key_values;
}

void
drs_key_free(const Key *key, Datum *key_values)
{
	for (int i = 0; i < key->ncolumns; i++)
		if (!key->columns[i].by_value)
			pfree(DatumGetPointer(key_values[i]));
	pfree(key_values);
}

int
drs_key_compare(const Key *key, const Datum *row_values, const Datum *key_values)
{
	for (int i = 0; i < key->ncolumns; i++)
	{
		const KeyColumn *column = &key->columns[i];
		int			order = column->order->comparator(row_values[column->index], key_values[i],
													  column->order);

		if (order != 0)
			return order;
	}
	return 0;
}

int
drs_key_compare_values(const Key *key, const Datum *a, const Datum *b)
{
	int			order = 0;

	for (int i = 0; order == 0 && i < key->ncolumns; i++)
		order = key->columns[i].order->comparator(a[i], b[i], key->columns[i].order);
	return order;
}
