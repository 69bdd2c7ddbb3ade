/*
 * sqlname.h
 *		Names of types, collations and operators in SQL of ours, which mean the
 *		same under every search_path.
 */
#ifndef DRS_SQLNAME_H
#define DRS_SQLNAME_H

#include "access/stratnum.h"
#include "catalog/pg_attribute.h"

/*
 * How two expressions are compared: left, cast, operator, right, cast.  Their
 * types are part of the choice, so that no operator for a domain, or for a
 * type that is merely coercible, can take the place of the type's own.
 */
typedef struct SqlComparison
{
	const char *left_cast;		/* "::schema.type", or nothing */
	const char *operator;		/* "OPERATOR(schema.name)" */
	const char *right_cast;
} SqlComparison;

/*
 * Compare by the default btree order of the left type, whose family may have
 * an operator for the two types; else the right side is cast to the left
 * one's type.  The left type must have such an order.
 */
extern SqlComparison drs_sql_comparison(Oid left, Oid right, StrategyNumber strategy);

/* Has the type a default btree order, its elements too? */
extern bool drs_sql_is_ordered(Oid type);

/* The equality of that order. */
extern Oid	drs_sql_equality(Oid type);

/* All of these are quoted for SQL, with their schema, and palloc'd. */
extern const char *drs_sql_collation(Oid collation);
extern const char *drs_sql_opclass(Oid opclass);

extern const char *drs_sql_type(Oid type);

/* Type of a column as CREATE TABLE takes it, with its collation where that is not the type's. */
extern const char *drs_sql_column_type(Form_pg_attribute column);

#endif							/* DRS_SQLNAME_H */
