/*
 * optionjson.h
 *		Options that DDL sets, as the JSON object in which a call would pass
 *		them.
 */
#ifndef DRS_OPTIONJSON_H
#define DRS_OPTIONJSON_H

#include "lib/stringinfo.h"

#include "base/optiontable.h"

/*
 * Append an option and its text to a JSON object that is being written.
 *
 * A list of columns is written as SQL names, as in search_path: separated by
 * commas, folded to lower case unless quoted.  It may also be a JSON array,
 * which begins with a bracket.  Lists of anything else, and objects, are JSON.
 * Raises for what is neither; all other values are checked when the object is
 * read.
 */
extern void drs_optionjson_append(const OptionTable *table, StringInfo json, const OptionDef *def,
								  const char *text, int home);

#endif							/* DRS_OPTIONJSON_H */
