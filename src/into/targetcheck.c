/*
 * targetcheck.c
 *		Checks on a target what EXPLAIN does not, and what is certain to fail all the
 *		same.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "into/targetcheck.h"

#define MODEL_ID_LENGTH 24		/* hexadecimal digits (docs/api.md 1.1) */

/* Is it certain that no rule, trigger or other server fills columns of inserted rows? */
static bool
inserts_plainly(Relation relation)
{
	return (relation->rd_rel->relkind == RELKIND_RELATION ||
			relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE) &&
		relation->rd_rules == NULL &&
		!(relation->trigdesc && relation->trigdesc->trig_insert_before_row);
}

/* The same for the partitions that rows go to. */
static bool
all_insert_plainly(Relation relation)
{
	bool		plainly = inserts_plainly(relation);
	List	   *partitions = plainly && relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE ?
		find_all_inheritors(RelationGetRelid(relation), AccessShareLock, NULL) : NIL;
	ListCell   *lc;

	foreach(lc, partitions)
	{
		Relation	partition = table_open(lfirst_oid(lc), NoLock);

		plainly &= inserts_plainly(partition);
		table_close(partition, NoLock);
	}
	return plainly;
}

/* Is the type a domain that refuses NULL, or over one? */
static bool
refuses_null(Oid type)
{
	while (get_typtype(type) == TYPTYPE_DOMAIN)
	{
		HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
		bool		not_null;

		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for type %u", type);
		not_null = ((Form_pg_type) GETSTRUCT(tuple))->typnotnull;
		type = ((Form_pg_type) GETSTRUCT(tuple))->typbasetype;
		ReleaseSysCache(tuple);
		if (not_null)
			return true;
	}
	return false;
}

static bool
needs_value(Form_pg_attribute attribute)
{
	if (attribute->attisdropped || attribute->atthasdef || attribute->attidentity ||
		attribute->attgenerated)
		return false;
	return (attribute->attnotnull || refuses_null(attribute->atttypid)) &&
		get_typdefault(attribute->atttypid) == NULL;
}

/*
 * Could an answer have a column of that name, by how DataRobot names them
 * (docs/api.md 1.6)?  Whatever else a model returns has to be asked for.
 */
static bool
is_name_of_answers(const char *name)
{
	static const char *const endings[] = {"_prediction", "_probability", "_decision", "_threshold",
										  "_percentile_low", "_percentile_high"};
	static const char *const beginnings[] = {"explanation_", "shap_"};
	ShapeSource source;
	size_t		len = strlen(name);

	for (size_t i = 0; i < lengthof(endings); i++)
		if (len > strlen(endings[i]) &&
			pg_strcasecmp(name + len - strlen(endings[i]), endings[i]) == 0)
			return true;
	for (size_t i = 0; i < lengthof(beginnings); i++)
		if (pg_strncasecmp(name, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	for (int role = 0; role < NROLES; role++)
		if (drs_prediction_header(role) && pg_strcasecmp(name, drs_prediction_header(role)) == 0)
			return true;
	return pg_strcasecmp(name, "anomaly_score") == 0 || drs_prediction_field_named(name, &source);
}

/* The output that is written to the column when rows are inserted, or NULL. */
static const OutputColumn *
find_output(const Output *output, const char *target)
{
	for (int i = 0; i < output->ncolumns; i++)
		if (output->columns[i].presence != COLUMN_MATCHED &&
			strcmp(output->columns[i].target, target) == 0)
			return &output->columns[i];
	return NULL;
}

static bool
may_be_filled(const Output *output, const char *target)
{
	const OutputColumn *column = find_output(output, target);

	return column && (column->presence != COLUMN_TENTATIVE || is_name_of_answers(column->name));
}

static void
check_filled(const Target *target, const Output *output)
{
	Relation	relation = table_open(target->oid, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(relation);
	bool		plainly = all_insert_plainly(relation);

	for (int i = 0; i < desc->natts && plainly; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		const char *name = NameStr(attribute->attname);

		if (needs_value(attribute) && !may_be_filled(output, name))
			ereport(ERROR,
					(errcode(ERRCODE_NOT_NULL_VIOLATION),
					 errmsg("nothing fills column \"%s\" of %s, which must not be NULL", name,
							target->name),
					 errdetail("It has no default, and no output is written to it."),
					 errhint("Give it a default, or fill it by passthrough_columns; when the"
							 " answers have such a column, name it in output_columns.")));
	}
	table_close(relation, AccessShareLock);
}

/* Is no value of this type a model id? */
static bool
takes_no_model_id(Oid type, int32 typmod)
{
	switch (getBaseTypeAndTypmod(type, &typmod))
	{
		case VARCHAROID:
		case BPCHAROID:
			return typmod >= VARHDRSZ && typmod - VARHDRSZ < MODEL_ID_LENGTH;
		case BOOLOID:
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case UUIDOID:
			return true;
		default:
			return false;
	}
}

/* Other kinds of servers need not report a model, nor one with such an id. */
static void
check_model_id(const Target *target, const Output *output, const Options *options)
{
	bool		inserts = drs_statement_traits(options->write.statement_type)->inserts;

	for (int i = 0; i < output->ncolumns; i++)
	{
		OutputColumn *column = &output->columns[i];
		const TargetColumn *taking = drs_target_column(target, column->target);

		if (column->field < 0 || output->shape->columns[column->field].source != FROM_MODEL_ID ||
			taking == NULL ||
			(!inserts && !list_member_ptr(output->set, column)) ||
			!takes_no_model_id(taking->type, taking->typmod))
			continue;
		ereport(ERROR,
				(errcode(taking->typmod >= 0 ? ERRCODE_STRING_DATA_RIGHT_TRUNCATION :
						 ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of %s cannot hold the id of a model", taking->name,
						target->name),
				 errdetail("It is of type %s, and such an id has %d hexadecimal digits.",
						   format_type_with_typemod(taking->type, taking->typmod),
						   MODEL_ID_LENGTH),
				 errhint("Change the type, or leave the column alone by column_names_remapping:"
						 " {\"model_id\": null}.")));
	}
}

void
drs_target_check_columns(const Target *target, const Output *output, const Options *options,
						 bool inserts)
{
	if (inserts)
		check_filled(target, output);
	if (options->server.addressing == ADDRESSING_DEPLOYMENT ||
		options->server.addressing == ADDRESSING_PROJECT)
		check_model_id(target, output, options);
}
