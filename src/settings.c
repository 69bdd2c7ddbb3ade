/*
 * settings.c
 *		Declares the GUC variables.
 *
 * There is one.  What tunes scoring belongs to a server (ALTER SERVER) or to
 * a call (the options argument), where it sits beside the thing it tunes;
 * secrets are never settings.  PostgreSQL licence.
 */
#include "postgres.h"

#include "utils/guc.h"

#include "settings.h"

char	   *drs_default_server = NULL;

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
	MarkGUCPrefixReserved("datarobot");
}
