/*
 * sqlname.c
 *		Names of types, collations, operators and relations for SQL that we build,
 *		which mean the same under every search_path.
 *
 * What =, nullif, IN or IS DISTINCT FROM mean depends on search_path: it can
 * be somebody else's operator, run with the caller's privileges, or, for a
 * type of an extension, the operator of text.
 */
#include "postgres.h"

#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "base/sqlname.h"

static const char *
type_name(Oid type, int32 typmod)
{
	return format_type_extended(type, typmod,
								FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}

const char *
drs_sql_type(Oid type)
{
	return type_name(type, -1);
}

/* The name of an object, of a catalog whose objects have names and schemas; neither is quoted. */
typedef struct ObjectName
{
	const char *schema;
	const char *name;
} ObjectName;

static ObjectName
find_name(Oid catalog, Oid object)
{
	int			cache = get_object_catcache_oid(catalog);
	HeapTuple	tuple = SearchSysCache1(cache, ObjectIdGetDatum(object));
	bool		isnull;
	Datum		schema;
	Datum		name;
	ObjectName	found;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for %s %u", get_object_class_descr(catalog), object);
	schema = SysCacheGetAttr(cache, tuple, get_object_attnum_namespace(catalog), &isnull);
	name = SysCacheGetAttr(cache, tuple, get_object_attnum_name(catalog), &isnull);
	found.schema = get_namespace_name(DatumGetObjectId(schema));
	found.name = pstrdup(NameStr(*DatumGetName(name)));
	ReleaseSysCache(tuple);
	return found;
}

const char *
drs_sql_collation(Oid collation)
{
	ObjectName	found = find_name(CollationRelationId, collation);

	return quote_qualified_identifier(found.schema, found.name);
}

const char *
drs_sql_opclass(Oid opclass)
{
	ObjectName	found = find_name(OperatorClassRelationId, opclass);

	return quote_qualified_identifier(found.schema, found.name);
}

const char *
drs_sql_relation(Oid relation)
{
	ObjectName	found;

	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relation)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relation)));
	found = find_name(RelationRelationId, relation);
	return quote_qualified_identifier(found.schema, found.name);
}

const char *
drs_sql_collate(Oid type, Oid collation)
{
	if (!OidIsValid(collation) || collation == get_typcollation(type))
		return "";
	return psprintf(" COLLATE %s", drs_sql_collation(collation));
}

const char *
drs_sql_column_type(Form_pg_attribute column)
{
	return psprintf("%s%s", type_name(column->atttypid, column->atttypmod),
					drs_sql_collate(column->atttypid, column->attcollation));
}

static const char *
operator_name(Oid operator)
{
	ObjectName	found = find_name(OperatorRelationId, operator);

	return psprintf("OPERATOR(%s.%s)", quote_identifier(found.schema), found.name);
}

static const TypeCacheEntry *
find_order(Oid type)
{
	return lookup_type_cache(getBaseType(type),
							 TYPECACHE_BTREE_OPFAMILY | TYPECACHE_LT_OPR | TYPECACHE_CMP_PROC);
}

bool
drs_sql_is_ordered(Oid type)
{
	const TypeCacheEntry *order = find_order(type);

	return OidIsValid(order->lt_opr) && OidIsValid(order->cmp_proc);
}

static Oid
order_operator(const TypeCacheEntry *order, Oid right_input, StrategyNumber strategy)
{
	return get_opfamily_member(order->btree_opf, order->btree_opintype, right_input, strategy);
}

Oid
drs_sql_equality(Oid type)
{
	const TypeCacheEntry *order = find_order(type);

	return order_operator(order, order->btree_opintype, BTEqualStrategyNumber);
}

/*
 * The cast that makes a value of one type an operand of an operator whose
 * input type is given; that may be a pseudo-type, such as anyenum.  Empty when
 * none is needed.
 */
static const char *
cast_to(Oid from, Oid input, Oid base)
{
	Oid			wanted = get_typtype(input) == TYPTYPE_PSEUDO ? base : input;

	return from == wanted ? "" : psprintf("::%s", type_name(wanted, -1));
}

SqlComparison
drs_sql_comparison(Oid left, Oid right, StrategyNumber strategy)
{
	const TypeCacheEntry *order = find_order(left);
	Oid			right_input = find_order(right)->btree_opintype;
	Oid			operator = order_operator(order, right_input, strategy);
	SqlComparison comparison;

	if (!OidIsValid(operator))
	{
		right_input = order->btree_opintype;
		operator = order_operator(order, right_input, strategy);
	}
	if (!OidIsValid(operator))
		elog(ERROR, "the order of type %u has no operator of strategy %d", left, strategy);
	comparison.left_cast = cast_to(left, order->btree_opintype, getBaseType(left));
	comparison.operator = operator_name(operator);
	comparison.right_cast = cast_to(right, right_input, getBaseType(left));
	return comparison;
}
