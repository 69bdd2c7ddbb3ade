/*
 * settings.h
 *		The extension's settings (GUC variables).
 */
#ifndef DRS_SETTINGS_H
#define DRS_SETTINGS_H

/*
 * datarobot.server: the foreign server that calls use when they name none;
 * empty when there is none.
 */
extern char *drs_default_server;

/*
 * datarobot.rows_as_arrays: pass gathered rows to the writing statements as arrays,
 * whatever the target is.  For tests.
 */
extern bool drs_rows_as_arrays;

/* The setting in which lastrun.c remembers the last run, and its name. */
#define DRS_LAST_RUN_SETTING "datarobot.last_run"
extern char *drs_last_run;

/* Declare the settings and reserve their prefix.  Called once, when the library is loaded. */
extern void drs_settings_define(void);

#endif							/* DRS_SETTINGS_H */
