/*
 * fixedsettings.h
 *		Settings under which values have the same text in every session, and a
 *		text of SQL is read the same.
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

/*
 * Open a nested level of settings for statements whose parameters others may print and
 * read: ISO dates, shortest exact floats, NULLs in arrays.  The time zone and the
 * search_path are still the caller's.
 */
extern int	drs_fixed_settings_begin_parameters(void);

/*
 * Open a nested level of settings under which the parser reads a text of SQL
 * the same in every session, which matters when it runs with another's rights:
 * standard strings, no = NULL that means IS NULL, and that search_path, unless
 * it is NULL.  Literals of dates are read as the session has it.
 */
extern int	drs_fixed_settings_read_sql(const char *search_path);

/* Close such a level: the settings have their former values again. */
extern void drs_fixed_settings_end(int nestlevel);

#endif							/* DRS_FIXEDSETTINGS_H */
