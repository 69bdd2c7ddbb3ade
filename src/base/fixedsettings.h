/*
 * fixedsettings.h
 *		Settings under which a value has the same text in every session.
 */
#ifndef DRS_FIXEDSETTINGS_H
#define DRS_FIXEDSETTINGS_H

/*
 * Open a nested level of settings under which output functions write, and
 * input functions read, the same text in every session: ISO dates in UTC,
 * shortest exact floats, names with their schema.  Only what differs is set;
 * money's text depends on lc_monetary too, which is slow to change.  Returns
 * the level, for drs_fixed_settings_end; an abort ends it too.  The caller's
 * search_path is not in force in between.
 */
extern int	drs_fixed_settings_begin(bool money);
extern void drs_fixed_settings_end(int nestlevel);

#endif							/* DRS_FIXEDSETTINGS_H */
