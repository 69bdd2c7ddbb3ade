/*
 * localsettings.c
 *		Finds settings that have their values for one transaction only.
 *
 * They come from SET LOCAL, set_config(..., true), SET TRANSACTION and the SET
 * clause of a function; role and row_security can be among them, and settings
 * that policies read.  SQL has no way to ask, so this looks at the stack of
 * values that PostgreSQL unwinds at the end of a transaction.
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "base/compat.h"
#include "config/settings.h"
#include "sql/localsettings.h"

/* These are reset by the end of a transaction, however they were set. */
static bool
is_of_transaction(const char *name)
{
	return strcmp(name, "transaction_isolation") == 0 ||
		strcmp(name, "transaction_read_only") == 0 || strcmp(name, "transaction_deferrable") == 0;
}

/* Of the others, only a value that a plain SET assigned outlives the transaction. */
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
