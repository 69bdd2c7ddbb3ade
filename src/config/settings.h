/*
 * settings.h
 *		The extension's settings (GUC variables).
 */
#ifndef DRS_SETTINGS_H
#define DRS_SETTINGS_H

/* datarobot.server: the foreign server used when a call names none; empty means none. */
extern char *drs_default_server;

/* The note of lastrun.c, and its name. */
#define DRS_LAST_RUN_SETTING "datarobot.last_run"
extern char *drs_last_run;

/* Declares the settings and reserves the prefix.  Called once, when the library is loaded. */
extern void drs_settings_define(void);

#endif							/* DRS_SETTINGS_H */
