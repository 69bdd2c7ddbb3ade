/*
 * pushdown.c
 *		Which conditions of an outer query may be evaluated in the query of a
 *		scored table, and their form there.
 *
 * Only kinds of nodes that are listed here are pushed.  A condition that
 * depends on a collation is pushed when that is the one of its column, the
 * rule of postgres_fdw: collations are followed from the columns up.  What
 * contains none of our columns is a value, which is the same everywhere.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"

#include "base/names.h"
#include "scored/pushdown.h"

/* Where the collation of an expression comes from. */
typedef enum CollationOrigin
{
	COLLATION_NONE,				/* it has none, or the default one, which any other overrides */
	COLLATION_OF_COLUMN,
	COLLATION_FOREIGN			/* from elsewhere, or from columns that contradict each other */
} CollationOrigin;

/* What is known of an expression; of several, when they are operands of one. */
typedef struct Operand
{
	const PushMap *map;
	bool		has_column;		/* one of ours */
	Oid			collation;
	CollationOrigin origin;
	const struct Operand *tested;	/* what CaseTestExpr is in it; NULL: there is none */
} Operand;

static bool refuse(Node *node, void *arg);


/* Is it of our table, in the query that this planner plans? */
static bool
is_ours(const PushMap *map, const Var *var)
{
	return (Index) var->varno == map->relid && var->varlevelsup == 0;
}

/* Does that column of ours have the same values in the query? */
static bool
is_same_there(const PushMap *map, const Var *var)
{
	Form_pg_attribute ours;
	Form_pg_attribute theirs;
	const ScoredColumn *column;

	if (var->varattno <= 0)
		return false;
	column = &map->columns[var->varattno - 1];
	if (column->source < 0)
		return false;
	ours = TupleDescAttr(map->table, var->varattno - 1);
	theirs = TupleDescAttr(map->source, column->source);
	/* other types, or modifiers, have values that went through text */
	return ours->atttypid == theirs->atttypid &&
		(ours->atttypmod == -1 || ours->atttypmod == theirs->atttypmod) &&
		ours->attcollation == theirs->attcollation &&
		(!map->series_only || drs_names_have(map->series, NameStr(theirs->attname)));
}

/* Do these two follow one collation, although one is a value that has its own? */
static bool
agree(const Operand *value, const Operand *column)
{
	return value->origin == COLLATION_FOREIGN && !value->has_column &&
		column->origin == COLLATION_OF_COLUMN && value->collation == column->collation;
}

/* Settle the collation of operands by that of another one of the same expression. */
static void
merge_collation(Operand *operand, const Operand *other)
{
	bool		contradicts = other->origin == COLLATION_OF_COLUMN &&
		operand->origin == COLLATION_OF_COLUMN && other->collation != operand->collation;

	if (agree(other, operand))
		return;
	if (other->origin > operand->origin || agree(operand, other) ||
		(contradicts && operand->collation == DEFAULT_COLLATION_OID))
	{
		operand->origin = other->origin;
		operand->collation = other->collation;
	}
	else if (contradicts && other->collation != DEFAULT_COLLATION_OID)
		operand->origin = COLLATION_FOREIGN;
}

static void
merge(Operand *operand, const Operand *other)
{
	merge_collation(operand, other);
	operand->has_column |= other->has_column;
}

/* The origin of an expression's own collation, whose operands are these. */
static CollationOrigin
origin_of(Oid collation, const Operand *operands)
{
	if (!OidIsValid(collation))
		return COLLATION_NONE;
	if (operands->origin == COLLATION_OF_COLUMN && operands->collation == collation)
		return COLLATION_OF_COLUMN;
	return collation == DEFAULT_COLLATION_OID ? COLLATION_NONE : COLLATION_FOREIGN;
}

/*
 * May what has these operands use that collation?  The default one is also
 * that of values beside columns that have none.
 */
static bool
may_use(Oid collation, const Operand *operands)
{
	if (!OidIsValid(collation) || !operands->has_column)
		return true;
	if (operands->origin == COLLATION_NONE)
		return collation == DEFAULT_COLLATION_OID;
	return operands->origin == COLLATION_OF_COLUMN && operands->collation == collation;
}

static bool
refuse_var(const Var *var, Operand *operand)
{
	Operand		column = {.collation = var->varcollid};

	if (var->varlevelsup != 0)
		return true;
	column.has_column = is_ours(operand->map, var);
	if (column.has_column && !is_same_there(operand->map, var))
		return true;
	column.origin = column.has_column && OidIsValid(var->varcollid) ? COLLATION_OF_COLUMN :
		origin_of(var->varcollid, &column);
	merge(operand, &column);
	return false;
}

/* A value of the outer query: a constant, or a parameter. */
static bool
refuse_value(Node *node, Operand *operand)
{
	Operand		value = {.collation = exprCollation(node)};

	value.origin = origin_of(value.collation, &value);
	merge(operand, &value);
	return false;
}

/* A node whose operands are known. */
static bool
refuse_result(Node *node, const Operand *operands, Operand *operand)
{
	Operand		result = {.has_column = operands->has_column, .collation = exprCollation(node)};

	if (!may_use(exprInputCollation(node), operands))
		return true;
	result.origin = origin_of(result.collation, operands);
	merge(operand, &result);
	return false;
}

static bool
refuse_ordinary(Node *node, Operand *operand)
{
	Operand		operands = {.map = operand->map, .tested = operand->tested};

	return expression_tree_walker(node, refuse, &operands) ||
		refuse_result(node, &operands, operand);
}

static bool
refuse_case(CaseExpr *expr, Operand *operand)
{
	Operand		tested = {.map = operand->map, .tested = operand->tested};
	Operand		results = tested;
	ListCell   *lc;

	if (refuse((Node *) expr->arg, &tested))
		return true;
	foreach(lc, expr->args)
	{
		CaseWhen   *when = lfirst_node(CaseWhen, lc);
		Operand		condition = {.map = operand->map, .tested = operand->tested};

		if (expr->arg)
			condition.tested = &tested;
		if (refuse((Node *) when->expr, &condition) || refuse((Node *) when->result, &results))
			return true;
		results.has_column |= condition.has_column;
	}
	results.has_column |= tested.has_column;
	return refuse((Node *) expr->defresult, &results) ||
		refuse_result((Node *) expr, &results, operand);
}

static bool
refuse_array_coercion(ArrayCoerceExpr *expr, Operand *operand)
{
	Operand		array = {.map = operand->map, .tested = operand->tested};
	Operand		element = {.map = operand->map, .tested = &array};

	if (refuse((Node *) expr->arg, &array) || refuse((Node *) expr->elemexpr, &element))
		return true;
	element.has_column |= array.has_column;
	return refuse_result((Node *) expr, &element, operand);
}

static bool
refuse_row_comparison(RowCompareExpr *expr, Operand *operand)
{
	ListCell   *left;
	ListCell   *right;
	ListCell   *collation;

	forthree(left, expr->largs, right, expr->rargs, collation, expr->inputcollids)
	{
		Operand		pair = {.map = operand->map, .tested = operand->tested};

		if (refuse(lfirst(left), &pair) || refuse(lfirst(right), &pair) ||
			!may_use(lfirst_oid(collation), &pair))
			return true;
		operand->has_column |= pair.has_column;
	}
	return false;
}

/* May it not be pushed?  Else what is known of it is added to the Operand, arg. */
static bool
refuse(Node *node, void *arg)
{
	Operand    *operand = arg;

	if (node == NULL)
		return false;
	check_stack_depth();
	switch (nodeTag(node))
	{
		case T_List:
			return expression_tree_walker(node, refuse, arg);
		case T_Var:
			return refuse_var((Var *) node, operand);
		case T_PlaceHolderVar:
			return bms_is_member(operand->map->relid, ((PlaceHolderVar *) node)->phrels) ||
				refuse_value(node, operand);
		case T_Param:
			return (((Param *) node)->paramkind != PARAM_EXTERN &&
					((Param *) node)->paramkind != PARAM_EXEC) || refuse_value(node, operand);
		case T_Const:
		case T_SQLValueFunction:
			return refuse_value(node, operand);
		case T_CaseTestExpr:
			return operand->tested == NULL || refuse_result(node, operand->tested, operand);
		case T_CaseExpr:
			return refuse_case((CaseExpr *) node, operand);
		case T_ArrayCoerceExpr:
			return refuse_array_coercion((ArrayCoerceExpr *) node, operand);
		case T_RowCompareExpr:
			return refuse_row_comparison((RowCompareExpr *) node, operand);
		case T_SubscriptingRef:
			return ((SubscriptingRef *) node)->refassgnexpr != NULL ||
				refuse_ordinary(node, operand);
		case T_FuncExpr:
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
		case T_ScalarArrayOpExpr:
		case T_BoolExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_RelabelType:
		case T_CoerceViaIO:
		case T_ArrayExpr:
		case T_CoalesceExpr:
		case T_MinMaxExpr:
			return refuse_ordinary(node, operand);
		default:
			return true;
	}
}

bool
drs_pushdown_may(const PushMap *map, Expr *clause)
{
	Operand		operand = {.map = map};

	return !contain_volatile_functions((Node *) clause) && !refuse((Node *) clause, &operand) &&
		operand.has_column && operand.origin != COLLATION_FOREIGN;
}

int
drs_pushdown_column(const PushMap *map, Expr *expr)
{
	Var		   *var = (Var *) expr;

	if (map->series_only || !IsA(expr, Var) || !is_ours(map, var) || !is_same_there(map, var))
		return -1;
	return map->columns[var->varattno - 1].source;
}

typedef struct Translation
{
	const PushMap *map;
	List	  **params;
} Translation;

/* The number of an expression in params, from 1, to which it is added if it is not there. */
static int
number_of(Node *node, List **params)
{
	ListCell   *lc;

	foreach(lc, *params)
		if (equal(lfirst(lc), node))
			return foreach_current_index(lc) + 1;
	*params = lappend(*params, copyObject(node));
	return list_length(*params);
}

/* The external Param that has the value of an expression of the outer query. */
static Node *
param_for(Node *node, List **params)
{
	Param	   *param = makeNode(Param);

	param->paramkind = PARAM_EXTERN;
	param->paramid = number_of(node, params);
	param->paramtype = exprType(node);
	param->paramtypmod = exprTypmod(node);
	param->paramcollid = exprCollation(node);
	param->location = -1;
	return (Node *) param;
}

static Node *
translate(Node *node, void *arg)
{
	Translation *translation = arg;
	const PushMap *map = translation->map;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && is_ours(map, (Var *) node))
	{
		const Var  *var = (Var *) node;

		return (Node *) makeVar(1, map->columns[var->varattno - 1].source + 1, var->vartype,
								var->vartypmod, var->varcollid, 0);
	}
	if (IsA(node, Var) || IsA(node, PlaceHolderVar) || IsA(node, Param))
		return param_for(node, translation->params);
	return expression_tree_mutator(node, translate, arg);
}

Node *
drs_pushdown_translate(const PushMap *map, Node *clause, List **params)
{
	Translation translation = {.map = map, .params = params};

	return translate(clause, &translation);
}
