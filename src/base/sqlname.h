/*
 * sqlname.h
 *		Names of types, collations, operators and relations for SQL that we build,
 *		which mean the same under every search_path.
 */
#ifndef DRS_SQLNAME_H
#define DRS_SQLNAME_H

#include "access/stratnum.h"
#include "catalog/pg_attribute.h"

/*
 * How to compare two expressions: left, left_cast, operator, right,
 * right_cast.  The casts make the operands' types exact, so that no operator
 * for a domain, or for a type that is merely coercible, is chosen instead.
 */
typedef struct SqlComparison
{
	const char *left_cast;		/* "::schema.type", or empty */
	const char *operator;		/* "OPERATOR(schema.name)" */
	const char *right_cast;
} SqlComparison;

/*
 * The comparison by the default btree order of the left type, which must have
 * one; palloc'd.  If the order's family has no operator for the two types, the
 * right side is cast to the type of the left one.  Raises when strategy has no
 * operator.
 */
extern SqlComparison drs_sql_comparison(Oid left, Oid right, StrategyNumber strategy);

/* Has the type a default btree order, and so have its elements, if it has any? */
extern bool drs_sql_is_ordered(Oid type);

/* The operator for equality in that order; InvalidOid when there is none. */
extern Oid	drs_sql_equality(Oid type);

/*
 * The name of a collation for SQL: quoted, with its schema, palloc'd.  Raises
 * when there is none.
 */
extern const char *drs_sql_collation(Oid collation);

/* " COLLATE name" for an expression of a type; empty when that is the type's own, or none. */
extern const char *drs_sql_collate(Oid type, Oid collation);

/* The name of an operator class, likewise. */
extern const char *drs_sql_opclass(Oid opclass);

/* The name of a relation; 42P01 when there is none. */
extern const char *drs_sql_relation(Oid relation);

/* The name of a type, without modifier. */
extern const char *drs_sql_type(Oid type);

/*
 * The type of a column for CREATE TABLE, palloc'd: with its modifier, and its
 * collation unless that is the type's.
 */
extern const char *drs_sql_column_type(Form_pg_attribute column);

#endif							/* DRS_SQLNAME_H */
