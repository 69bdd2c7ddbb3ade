/*
 * fixedsettings.h
 *		Settings under which values have the same text in every session.
 */
#ifndef DRS_FIXEDSETTINGS_H
#define DRS_FIXEDSETTINGS_H

/*
 * Open a nested level of settings under which output functions write, and
 * input functions read, the same text in every session: ISO dates in UTC,
 * shortest exact floats, names with their schemas.  Only settings that differ
 * are changed.  With money, also lc_monetary, on which only the type money
 * depends and which is slow to change.  Returns the level, for
 * drs_fixed_settings_end; an abort ends it, too.  Until then, the caller's
 * search_path does not apply.
 */
extern int	drs_fixed_settings_begin(bool money);

/* Close that level: the settings have their former values again. */
extern void drs_fixed_settings_end(int nestlevel);

#endif							/* DRS_FIXEDSETTINGS_H */
