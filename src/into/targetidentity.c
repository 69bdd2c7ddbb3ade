/*
 * targetidentity.c
 *		Is the target of a run still the one that it began with?
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "common/hashfn.h"
#include "foreign/foreign.h"
#include "nodes/nodes.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/varlena.h"

#include "base/names.h"
#include "into/targetidentity.h"
#include "rows/reach.h"

/*
 * What a relation does with rows: its rules, a view's own query among them, or where
 * they go from here.
 */
static char *
definition_of(Relation relation)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; relation->rd_rules && i < relation->rd_rules->numLocks; i++)
	{
		appendStringInfoString(&text, nodeToString(relation->rd_rules->rules[i]->qual));
		appendStringInfoString(&text, nodeToString(relation->rd_rules->rules[i]->actions));
	}
	if (relation->rd_rel->relkind == RELKIND_FOREIGN_TABLE)
	{
		const ForeignTable *table = GetForeignTable(RelationGetRelid(relation));

		appendStringInfo(&text, "%u %s", table->serverid, nodeToString(table->options));
	}
	return text.data;
}

/* The OID and, if what the relation does has a definition, a blank and a hash of that. */
static char *
relation_text(Oid oid)
{
	Relation	relation = try_relation_open(oid, AccessShareLock);
	char	   *definition;

	if (relation == NULL)
		return psprintf("%u", oid);
	definition = definition_of(relation);
	relation_close(relation, AccessShareLock);
	if (*definition == '\0')
		return psprintf("%u", oid);
	return psprintf("%u " UINT64_FORMAT, oid,
					hash_bytes_extended((const unsigned char *) definition,
										 (int) strlen(definition), 0));
}

static List *
column_texts(Oid oid)
{
	Relation	relation = relation_open(oid, NoLock);	/* the caller has locked it */
	TupleDesc	desc = RelationGetDescr(relation);
	List	   *texts = NIL;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		if (!column->attisdropped)
			texts = lappend(texts, psprintf("%d %u %d %u %c %s", column->attnum, column->atttypid,
											column->atttypmod, column->attcollation,
											column->attgenerated ? column->attgenerated : '-',
											NameStr(column->attname)));
	}
	relation_close(relation, NoLock);
	return texts;
}

static Identity
identity_of(Oid oid)
{
	Identity	identity = {NIL, NIL};
	ListCell   *lc;

	if (!OidIsValid(oid))
		return identity;
	foreach(lc, drs_reach_of(list_make1_oid(oid)))
		identity.relations = lappend(identity.relations, relation_text(lfirst_oid(lc)));
	identity.columns = column_texts(oid);
	return identity;
}

static Oid
find(const char *name, bool may_be_missing)
{
	return RangeVarGetRelid(makeRangeVarFromNameList(
		textToQualifiedNameList(cstring_to_text(name))),
							AccessShareLock, may_be_missing);
}

Identity
drs_targetidentity_of(const char *name)
{
	return identity_of(find(name, true));
}

static bool
has_all(List *texts, List *wanted)
{
	ListCell   *lc;

	foreach(lc, wanted)
		if (!drs_names_have(texts, lfirst(lc)))
			return false;
	return true;
}

/* The name in a column's text: what comes after the fifth blank. */
static const char *
name_in(const char *text)
{
	for (int i = 0; i < 5; i++)
		text = strchr(text, ' ') + 1;
	return text;
}

static bool
has_name(List *texts, const char *name)
{
	ListCell   *lc;

	foreach(lc, texts)
		if (strcmp(name_in(lfirst(lc)), name) == 0)
			return true;
	return false;
}

/*
 * Does a name refer to another column now?  A dropped column is reported by the
 * statement that needs it.
 */
static bool
has_other_column(List *now, List *then)
{
	ListCell   *lc;

	foreach(lc, now)
		if (has_name(then, name_in(lfirst(lc))) && !drs_names_have(then, lfirst(lc)))
			return true;
	return false;
}

static bool
has_new_column(List *now, List *then)
{
	ListCell   *lc;

	foreach(lc, now)
		if (!has_name(then, name_in(lfirst(lc))))
			return true;
	return false;
}

void
drs_targetidentity_check(const Identity *then, const char *name, bool alike)
{
	Identity	now = identity_of(find(name, false));
	const char *difference = NULL;

	if (!drs_names_have(now.relations, linitial(then->relations)))
		difference =
			"It was dropped or renamed and another has its name, or it was given another"
			" definition.";
	else if (!has_all(now.relations, then->relations))
		difference = "A partition or an underlying table is gone, or has another definition.";
	else if (has_other_column(now.columns, then->columns))
		difference =
			"The name of a column belongs to another one now, or the column has another type.";
	else if (alike && has_new_column(now.columns, then->columns))
		difference = "A column was added.";
	if (difference)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s is no longer what it was when the run began", name),
				 errdetail_internal("%s", difference),
				 errhint("What was written before is not all there. Score anew, without"
						 " \"resume\".")));
}
