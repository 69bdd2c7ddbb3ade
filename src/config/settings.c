/*
 * settings.c
 *		Declares the GUC variables.
 *
 * Only datarobot.server is for users; the others are for tests, and for lastrun.c.
 * Options that tune scoring belong to a server (ALTER SERVER) or a call (its argument
 * "options"); secrets are never settings.
 */
#include "postgres.h"

#include "utils/guc.h"

#include "config/settings.h"

char	   *drs_default_server = NULL;
bool		drs_rows_as_arrays = false;
char	   *drs_last_run = NULL;

void
drs_settings_define(void)
{
	DefineCustomStringVariable("datarobot.server",
							   "Foreign server that scoring functions use when a call names none.",
							   "Empty means that every call must name one. "
							   "The server must use the wrapper \"datarobot_scoring\".",
							   &drs_default_server,
							   "",
							   PGC_USERSET,
							   0,
							   NULL, NULL, NULL);
	DefineCustomBoolVariable("datarobot.rows_as_arrays",
							 "Passes scored rows to writing statements as arrays.",
							 "For tests: where statements need it, it is done anyway.",
							 &drs_rows_as_arrays,
							 false,
							 PGC_USERSET,
							 GUC_NOT_IN_SAMPLE,
							 NULL, NULL, NULL);
	DefineCustomStringVariable(DRS_LAST_RUN_SETTING,
							   "Remembers the last run, for datarobot.last_run() only.",
							   NULL,
							   &drs_last_run,
							   "",
							   PGC_USERSET,
							   GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE,
							   NULL, NULL, NULL);
	MarkGUCPrefixReserved("datarobot");
}
