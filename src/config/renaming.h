/*
 * renaming.h
 *		column_names_remapping: which output columns get another name or none.
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
 * Read the value of the option, in either of its forms (docs/api.md 2.2):
 * an object of old to new name, or an array of objects with inputName and
 * outputName; null and false drop a column.  A list of Renaming *,
 * palloc'd.  Raises 22023 for anything else and for a name given twice.
 */
extern List *drs_renamings_read(const JsonbValue *value, const char *option);

/*
 * The same of an object of column names and new names that
 * are strings: no other form, and nothing is dropped.
 */
extern List *drs_new_names_read(const JsonbValue *value, const char *option);

/* The new name of a column, name itself when it keeps it, or NULL when it is dropped. */
extern const char *drs_renaming_apply(List *renamings, const char *name);

/* The column that gets that new name, or name itself. */
extern const char *drs_renaming_origin(List *renamings, const char *name);

#endif							/* DRS_RENAMING_H */
