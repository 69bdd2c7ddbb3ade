/*
 * localsettings.c
 *		Finds settings that are as they are for one transaction only.
 *
 * They come of SET LOCAL, set_config(..., true), SET TRANSACTION and the SET
 * clause of a function; role and row_security are among them, and settings
 * that policies look at.  Nothing in SQL tells, so the stack is looked at that
 * PostgreSQL itself unwinds.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "base/compat.h"
#include "config/settings.h"
#include "sql/localsettings.h"

/* Those of the transaction itself begin anew with the next one, however they were set. */
static bool
is_of_transaction(const char *name)
{
	return strcmp(name, "transaction_isolation") == 0 ||
		strcmp(name, "transaction_read_only") == 0 ||
		strcmp(name, "transaction_deferrable") == 0;
}

/* Of the others, only what a plain SET has put there outlives the transaction. */
static bool
is_local(const struct config_generic *setting)
{
	if (setting->stack && is_of_transaction(setting->name))
		return true;
	for (const GucStack *level = setting->stack; level; level = level->prev)
		if (level->state != GUC_SET)
			return true;
	return false;
}

char *
drs_local_settings(void)
{
	StringInfoData names;
	int			count;
	struct config_generic **settings = drs_guc_variables(&count);

	initStringInfo(&names);
	for (int i = 0; i < count; i++)
		if (is_local(settings[i]) && strcmp(settings[i]->name, DRS_LAST_RUN_SETTING) != 0)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", settings[i]->name);
	return names.len > 0 ? names.data : NULL;
}
