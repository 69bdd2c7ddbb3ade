/*
 * uniqueindex.c
 *		Finds the unique index of a target that ON CONFLICT can use.
 *
 * PostgreSQL takes every unique index on the columns for an arbiter, whatever its
 * operators and collation, and at execution refuses those that are checked late.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "lib/stringinfo.h"
#include "nodes/bitmapset.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

#include "base/sqlname.h"
#include "into/uniqueindex.h"

/* An index as the catalog has it. */
typedef struct IndexEntry
{
	Form_pg_index form;
	const oidvector *opclasses;
	const oidvector *collations;
} IndexEntry;

/* Of all rows, and of plain columns; one WITHOUT OVERLAPS is unique, too, but of another kind. */
static bool
is_plain_unique(HeapTuple tuple, Form_pg_index form)
{
	return form->indisunique && form->indisvalid && form->indisready && !form->indisexclusion &&
		heap_attisnull(tuple, Anum_pg_index_indpred, NULL) &&
		heap_attisnull(tuple, Anum_pg_index_indexprs, NULL);
}

static bool
has_columns(Form_pg_index form, const Bitmapset *wanted)
{
	Bitmapset  *columns = NULL;

	for (int i = 0; i < form->indnkeyatts; i++)
		columns = bms_add_member(columns,
								 form->indkey.values[i] - FirstLowInvalidHeapAttributeNumber);
	return bms_equal(columns, wanted);
}

/* Do both collations take the same texts for equal, as all deterministic ones do? */
static bool
same_texts(Oid a, Oid b)
{
	return a == b ||
		(OidIsValid(a) && OidIsValid(b) && get_collation_isdeterministic(a) &&
		 get_collation_isdeterministic(b));
}

/* Are the same values the same to the index as to its columns? */
static bool
has_own_equality(const IndexEntry *index, const Target *target)
{
	for (int i = 0; i < index->form->indnkeyatts; i++)
	{
		const char *name = get_attname(target->oid, index->form->indkey.values[i], false);
		const TargetColumn *column = drs_target_column(target, name);
		Oid			opclass = index->opclasses->values[i];
		Oid			input = get_opclass_input_type(opclass);
		Oid			equality = get_opfamily_member(get_opclass_family(opclass), input, input,
												   BTEqualStrategyNumber);

		if (column == NULL || equality != drs_sql_equality(column->type) ||
			!same_texts(index->collations->values[i], column->collation))
			return false;
	}
	return true;
}

static char *
describe(const IndexEntry *index, const Target *target)
{
	StringInfoData elements;

	initStringInfo(&elements);
	for (int i = 0; i < index->form->indnkeyatts; i++)
	{
		Oid			collation = index->collations->values[i];

		appendStringInfo(&elements, "%s%s", i > 0 ? ", " : "",
						 quote_identifier(get_attname(target->oid, index->form->indkey.values[i],
													  false)));
		if (OidIsValid(collation))
			appendStringInfo(&elements, " COLLATE %s", drs_sql_collation(collation));
		appendStringInfo(&elements, " %s", drs_sql_opclass(index->opclasses->values[i]));
	}
	return elements.data;
}

static const oidvector *
get_oids(HeapTuple tuple, AttrNumber attribute)
{
	bool		isnull;

	return (const oidvector *) DatumGetPointer(SysCacheGetAttr(INDEXRELID, tuple, attribute,
															   &isnull));
}

/* How to name an index in ON CONFLICT; NULL: it does not fit.  late: it would be refused. */
static char *
try_index(Oid oid, const Target *target, const Bitmapset *wanted, bool *late)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(oid));
	IndexEntry	index;
	char	   *elements = NULL;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	index.form = (Form_pg_index) GETSTRUCT(tuple);
	index.opclasses = get_oids(tuple, Anum_pg_index_indclass);
	index.collations = get_oids(tuple, Anum_pg_index_indcollation);
	if (is_plain_unique(tuple, index.form) && has_columns(index.form, wanted) &&
		has_own_equality(&index, target))
	{
		elements = describe(&index, target);
		*late |= !index.form->indimmediate;
	}
	ReleaseSysCache(tuple);
	return elements;
}

/* Rows of inheriting tables are in no index of the target's, and rules exclude ON CONFLICT. */
static bool
may_conflict(Relation relation)
{
	if (relation->rd_rel->relkind == RELKIND_RELATION && relation->rd_rel->relhassubclass)
		return false;
	return relation->rd_rules == NULL;
}

char *
drs_unique_index_find(const Target *target, List *columns)
{
	Bitmapset  *wanted = NULL;
	Relation	relation;
	char	   *found = NULL;
	bool		late = false;
	ListCell   *lc;

	if (target->relkind != RELKIND_RELATION && target->relkind != RELKIND_PARTITIONED_TABLE)
		return NULL;
	foreach(lc, columns)
		wanted = bms_add_member(
			wanted, get_attnum(target->oid, lfirst(lc)) - FirstLowInvalidHeapAttributeNumber);
	relation = try_table_open(target->oid, AccessShareLock);
	if (relation == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("%s was dropped meanwhile", target->name)));
	if (may_conflict(relation))
	{
		foreach(lc, RelationGetIndexList(relation))
		{
			char	   *elements = try_index(lfirst_oid(lc), target, wanted, &late);

			found = found ? found : elements;
		}
	}
	table_close(relation, AccessShareLock);
	return late ? NULL : found;
}
