/*
 * init.c
 *		Loads the module: defines the settings.
 *
 * libcurl is initialised when a backend first sends something, never here:
 * under shared_preload_libraries this code runs in the postmaster, which must
 * stay single-threaded.
 */
#include "postgres.h"

#include "fmgr.h"

#include "config/settings.h"

#ifdef PG_MODULE_MAGIC_EXT
PG_MODULE_MAGIC_EXT(.name = "datarobot_scoring", .version = "0.1.0");
#else
PG_MODULE_MAGIC;
#endif

PGDLLEXPORT void _PG_init(void);

void
_PG_init(void)
{
	drs_settings_define();
}
