/*
 * target.c
 *		Looks the target of a writing call up in the catalog.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/varlena.h"

#include "into/target.h"

static void read_columns(Target *target, TupleDesc desc);

static void
check_kind(const Target *target)
{
	switch (target->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
		case RELKIND_VIEW:
		case RELKIND_FOREIGN_TABLE:
			return;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("cannot write predictions to %s", target->name),
					 errdetail("It is neither a table nor a view nor a foreign table.")));
	}
}

Target *
drs_target_find(const char *output, bool may_create, bool inserts)
{
	Target	   *target = palloc0(sizeof(Target));
	RangeVar   *range = makeRangeVarFromNameList(textToQualifiedNameList(cstring_to_text(output)));
	Relation	relation;

	if (range->schemaname)
		(void) LookupExplicitNamespace(range->schemaname, false);
	target->oid = RangeVarGetRelid(range, NoLock, true);
	if (!OidIsValid(target->oid) && !may_create)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation \"%s\" does not exist", output),
				 inserts ?
				 errhint("With the option create_table_if_not_exists, the first answers make"
						 " it.") : 0));
	if (!OidIsValid(target->oid))
	{
		/* raises when the user may not create one there */
		Oid			namespace = RangeVarGetAndCheckCreationNamespace(range, NoLock, NULL);
		const char *schema = get_namespace_name(namespace);

		if (IsCatalogNamespace(namespace) || IsToastNamespace(namespace))
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("cannot create a table in the schema \"%s\"", schema)));
		target->name = quote_qualified_identifier(schema, range->relname);
		target->relkind = RELKIND_RELATION;
		return target;
	}
	relation = table_open(target->oid, AccessShareLock);
	target->name = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
											  RelationGetRelationName(relation));
	target->relkind = relation->rd_rel->relkind;
	target->temporary = relation->rd_rel->relpersistence == RELPERSISTENCE_TEMP;
	check_kind(target);
	read_columns(target, RelationGetDescr(relation));
	table_close(relation, AccessShareLock);
	return target;
}

void
drs_target_check_new(const Target *target, bool must_be_new)
{
	if (must_be_new && OidIsValid(target->oid))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("%s already exists", target->name),
				 errhint("Use the statement type insert, with create_table_if_not_exists where the"
						 " table may be missing.")));
}

/* The rule is that of LOCK TABLE, which checks what a view refers to for the view's owner. */
void
drs_target_check_lockable(const Target *target)
{
	bool		table = target->relkind == RELKIND_RELATION ||
		target->relkind == RELKIND_PARTITIONED_TABLE;

	if (table && pg_class_aclcheck(target->oid, GetUserId(),
								   ACL_UPDATE | ACL_DELETE | ACL_TRUNCATE) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to lock %s", target->name),
				 errdetail("Without a unique index on the where columns, an upsert locks the table"
						   " against other writers, "
						   "which takes UPDATE on all of it.")));
}

static void
read_columns(Target *target, TupleDesc desc)
{
	target->columns = palloc0(sizeof(TargetColumn) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		TargetColumn *column = &target->columns[target->ncolumns];

		if (attribute->attisdropped)
			continue;
		column->name = pstrdup(NameStr(attribute->attname));
		column->type = attribute->atttypid;
		column->typmod = attribute->atttypmod;
		column->collation = attribute->attcollation;
		column->writable = attribute->attgenerated == '\0' &&
			attribute->attidentity != ATTRIBUTE_IDENTITY_ALWAYS;
		column->not_null = attribute->attnotnull;
		target->ncolumns++;
	}
}

const TargetColumn *
drs_target_column(const Target *target, const char *name)
{
	for (int i = 0; i < target->ncolumns; i++)
		if (strcmp(target->columns[i].name, name) == 0)
			return &target->columns[i];
	return NULL;
}
