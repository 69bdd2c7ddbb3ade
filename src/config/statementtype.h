/*
 * statementtype.h
 *		What calls that write do to the rows of their target.
 */
#ifndef DRS_STATEMENTTYPE_H
#define DRS_STATEMENTTYPE_H

#include "base/optiontable.h"

typedef enum StatementType
{
	STATEMENT_INSERT,
	STATEMENT_UPDATE,
	STATEMENT_UPSERT,
	STATEMENT_CREATE_TABLE
} StatementType;

typedef struct StatementTraits
{
	bool		inserts;		/* rows can be added to the target */
	bool		matches;		/* rows of the target are found by where columns, and changed */
	bool		creates;		/* the target must not exist yet */
	const char *verb;			/* in the announcement, for a target that exists */
} StatementTraits;

/* The names of statement types, our own of each type before DataRobot's.  Ended by a NULL name. */
extern const OptionChoice drs_statement_choices[];

/* Our name of a statement type; a constant. */
extern const char *drs_statement_type_name(StatementType type);

/* What it does; a constant. */
extern const StatementTraits *drs_statement_traits(StatementType type);

#endif							/* DRS_STATEMENTTYPE_H */
