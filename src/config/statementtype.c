/*
 * statementtype.c
 *		The names of statement types, and what they do to a target.
 */
#include "postgres.h"

#include "config/statementtype.h"

/* Our names come first, then DataRobot's (docs/api.md 2.1). */
const OptionChoice drs_statement_choices[] = {
	{"insert", STATEMENT_INSERT}, {"update", STATEMENT_UPDATE}, {"upsert", STATEMENT_UPSERT},
	{"create_table", STATEMENT_CREATE_TABLE}, {"insertUpdate", STATEMENT_UPSERT},
	{"insert_update", STATEMENT_UPSERT}, {"createTable", STATEMENT_CREATE_TABLE}, {0}
};

static const StatementTraits traits[] = {
	[STATEMENT_INSERT] = {.inserts = true, .verb = "inserting into"},
	[STATEMENT_UPDATE] = {.matches = true, .verb = "updating"},
	[STATEMENT_UPSERT] = {.inserts = true, .matches = true, .verb = "upserting into"},
	[STATEMENT_CREATE_TABLE] = {.inserts = true, .creates = true, .verb = "inserting into"}
};

const char *
drs_statement_type_name(StatementType type)
{
	return drs_option_choice(drs_statement_choices, type);
}

const StatementTraits *
drs_statement_traits(StatementType type)
{
	return &traits[type];
}
