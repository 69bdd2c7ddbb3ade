/*
 * localsettings.h
 *		Which settings the end of the transaction takes back.
 */
#ifndef DRS_LOCALSETTINGS_H
#define DRS_LOCALSETTINGS_H

/* The names of those settings, separated by commas, palloc'd; NULL: there are none. */
extern char *drs_local_settings(void);

#endif							/* DRS_LOCALSETTINGS_H */
