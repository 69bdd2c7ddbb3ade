/*
 * renaming.h
 *		Pairs of an old and a new name: column_names_remapping and
 *		feature_names.
 */
#ifndef DRS_RENAMING_H
#define DRS_RENAMING_H

#include "nodes/pg_list.h"
#include "utils/jsonb.h"

typedef struct Renaming
{
	char	   *from;
	char	   *to;				/* NULL: the column is dropped */
} Renaming;

/*
 * Read column_names_remapping in either of its forms (docs/api.md 2.2): an
 * object that maps old names to new ones, or an array of objects with
 * inputName and outputName; null and false drop a column.  Returns a list of
 * Renaming *, palloc'd.  Raises 22023 for anything else and for a name given
 * twice.
 */
extern List *drs_renamings_read(const JsonbValue *value, const char *option);

/*
 * The same for feature_names: only an object that maps column names to
 * strings; no column is dropped.
 */
extern List *drs_new_names_read(const JsonbValue *value, const char *option);

/* The new name of a column, name itself when it keeps it, or NULL when it is dropped. */
extern const char *drs_renaming_apply(List *renamings, const char *name);

/* The column that gets that new name, or else name itself. */
extern const char *drs_renaming_origin(List *renamings, const char *name);

#endif							/* DRS_RENAMING_H */
