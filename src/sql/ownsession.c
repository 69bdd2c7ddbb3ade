/*
 * ownsession.c
 *		Tells whether a session is one client's from its beginning to its end.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "base/compat.h"
#include "sql/ownsession.h"

bool
drs_session_is_own(void)
{
	int			count;
	struct config_generic **settings = drs_guc_variables(&count);

	for (int i = 0; i < count; i++)
		if (strcmp(settings[i]->name, "application_name") == 0)
			return MyProcPort == NULL || settings[i]->reset_source == PGC_S_CLIENT;
	return false;
}
