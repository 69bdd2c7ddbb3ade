/*
 * rowcache.h
 *		Predictions of single rows, kept until the client's statement ends.
 */
#ifndef DRS_ROWCACHE_H
#define DRS_ROWCACHE_H

/*
 * Find what was kept in this statement under those bytes; false when there is
 * nothing.  *value is valid until the next call of one of these functions.
 */
extern bool drs_rowcache_find(const void *key, Size len, Datum *value, bool *isnull);

/*
 * Keep a value under those bytes, both copied.  When they need too much
 * memory, earlier ones are forgotten, or it is not kept.
 */
extern void drs_rowcache_keep(const void *key, Size len, Datum value, bool isnull,
							  bool typbyval, int16 typlen);

#endif							/* DRS_ROWCACHE_H */
