/*
 * targetpartition.c
 *		Looks for the partition of a row before its prediction is paid for.
 *
 * This is PostgreSQL's own search over the bounds of the topmost level, whose failure
 * would be an error when the row is written.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "lib/stringinfo.h"
#include "partitioning/partbounds.h"
#include "partitioning/partdesc.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"

#include "into/targetpartition.h"

struct PartitionCheck
{
	const Target *target;
	int			ncolumns;
	int		   *kept;			/* of each column of the key: index into Columns.kept */
};

/* The kept column that is written to a column of the target unchanged, or -1. */
static int
find_kept(const Target *target, const Output *output, const char *name)
{
	const TargetColumn *taking = drs_target_column(target, name);

	for (int i = 0; i < output->ncolumns; i++)
	{
		const OutputColumn *column = &output->columns[i];
		const ShapeColumn *gathered = column->field < 0 ? NULL :
			&output->shape->columns[column->field];

		if (strcmp(column->target, name) != 0)
			continue;
		if (gathered && gathered->source == FROM_KEPT && gathered->type == taking->type &&
			(taking->typmod == -1 || taking->typmod == gathered->typmod))
			return gathered->kept;
	}
	return -1;
}

static bool
is_certain(Relation relation)
{
	PartitionKey key = RelationGetPartitionKey(relation);

	return (key->strategy == PARTITION_STRATEGY_LIST ||
			key->strategy == PARTITION_STRATEGY_RANGE) &&
		relation->rd_rules == NULL &&
		!(relation->trigdesc &&
		  (relation->trigdesc->trig_insert_before_row ||
		   relation->trigdesc->trig_insert_before_statement));
}

PartitionCheck *
drs_targetpartition_check(const Target *target, const Output *output, const Options *options)
{
	PartitionCheck *check = palloc0(sizeof(PartitionCheck));
	Relation	relation;
	PartitionKey key;
	bool		certain;

	if (target->relkind != RELKIND_PARTITIONED_TABLE || options->write.on_error != ON_ERROR_STOP ||
		!drs_statement_traits(options->write.statement_type)->inserts)
		return NULL;
	relation = table_open(target->oid, AccessShareLock);
	key = RelationGetPartitionKey(relation);
	certain = is_certain(relation);
	check->target = target;
	check->ncolumns = key->partnatts;
	check->kept = palloc(sizeof(int) * key->partnatts);
	for (int i = 0; i < key->partnatts && certain; i++)
	{
		check->kept[i] = key->partattrs[i] == 0 ? -1 :
			find_kept(target, output, get_attname(target->oid, key->partattrs[i], false));
		certain = check->kept[i] >= 0;
	}
	table_close(relation, AccessShareLock);
	return certain ? check : NULL;
}

/* As the executor finds the partition of a tuple. */
static bool
has_partition(Relation relation, Datum *values, const bool *isnull)
{
	PartitionKey key = RelationGetPartitionKey(relation);
	PartitionBoundInfo bounds = RelationGetPartitionDesc(relation, false)->boundinfo;
	bool		equal = false;
	int			at;

	if (bounds == NULL)
		return false;			/* there are no partitions */
	if (partition_bound_has_default(bounds))
		return true;
	if (key->strategy == PARTITION_STRATEGY_LIST)
	{
		if (isnull[0])
			return partition_bound_accepts_nulls(bounds);
		at = partition_list_bsearch(key->partsupfunc, key->partcollation, bounds, values[0],
									&equal);
		return at >= 0 && equal;
	}
	for (int i = 0; i < key->partnatts; i++)
		if (isnull[i])
			return false;
	at = partition_range_datum_bsearch(key->partsupfunc, key->partcollation, bounds,
									   key->partnatts, values, &equal);
	return bounds->indexes[at + 1] >= 0;
}

static char *
show(const Columns *columns, const PartitionCheck *check, const Datum *values, const bool *isnull)
{
	StringInfoData text;

	initStringInfo(&text);
	for (int i = 0; i < check->ncolumns; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(columns->desc, columns->kept[check->kept[i]]);
		Oid			output;
		bool		is_varlena;

		getTypeOutputInfo(attribute->atttypid, &output, &is_varlena);
		appendStringInfo(&text, "%s\"%s\" is %s", i > 0 ? ", " : "", NameStr(attribute->attname),
						 isnull[i] ? "NULL" : OidOutputFunctionCall(output, values[i]));
	}
	return text.data;
}

void
drs_targetpartition_check_row(PartitionCheck *check, const Columns *columns, const Datum *values,
							  const bool *isnull)
{
	Datum		key[PARTITION_MAX_KEYS];
	bool		key_isnull[PARTITION_MAX_KEYS];
	Relation	relation = try_table_open(check->target->oid, AccessShareLock);
	bool		found;

	if (relation == NULL)
		return;					/* writing will say so */
	for (int i = 0; i < check->ncolumns; i++)
	{
		key[i] = values[columns->kept[check->kept[i]]];
		key_isnull[i] = isnull[columns->kept[check->kept[i]]];
	}
	found = relation->rd_rel->relkind != RELKIND_PARTITIONED_TABLE ||
		has_partition(relation, key, key_isnull);
	table_close(relation, AccessShareLock);
	if (!found)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("%s has no partition for a row of the query", check->target->name),
				 errdetail("In that row, %s.", show(columns, check, key, key_isnull))));
}
