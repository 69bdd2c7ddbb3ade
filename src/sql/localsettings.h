/*
 * localsettings.h
 *		Which settings lose their values at the end of the transaction.
 */
#ifndef DRS_LOCALSETTINGS_H
#define DRS_LOCALSETTINGS_H

/* Their names, separated by commas, palloc'd; NULL when there are none. */
extern char *drs_local_settings(void);

#endif							/* DRS_LOCALSETTINGS_H */
