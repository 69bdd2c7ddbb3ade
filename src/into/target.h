/*
 * target.h
 *		The table, view or foreign table that predictions are written to.
 */
#ifndef DRS_TARGET_H
#define DRS_TARGET_H

#include "nodes/pg_list.h"

typedef struct TargetColumn
{
	char	   *name;
	Oid			type;
	int32		typmod;
	Oid			collation;
	bool		writable;		/* neither generated nor identity always */
	bool		not_null;
} TargetColumn;

typedef struct Target
{
	Oid			oid;			/* InvalidOid: there is none yet */
	char	   *name;			/* with its schema, quoted for SQL */
	char		relkind;
	bool		temporary;
	int			ncolumns;
	TargetColumn *columns;
} Target;

/*
 * Find what output names, by the search path unless it has a schema; if nothing is
 * there and it may be created, find out where.  inserts: a call like this one could
 * ask to create it, for the hint.  Raises for invalid names, for what no rows can be
 * written to, and when no table may be created.  Palloc'd.
 */
extern Target *drs_target_find(const char *output, bool may_create, bool inserts);

/* Raise when the target exists though the call must create it. */
extern void drs_target_check_new(const Target *target, bool must_be_new);

/* Raise when the current user may not lock the target against writers. */
extern void drs_target_check_lockable(const Target *target);

/* The column with this name, or NULL. */
extern const TargetColumn *drs_target_column(const Target *target, const char *name);

#endif							/* DRS_TARGET_H */
