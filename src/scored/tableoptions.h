/*
 * tableoptions.h
 *		The options of a scored table and of its columns, as DDL has set them.
 */
#ifndef DRS_TABLEOPTIONS_H
#define DRS_TABLEOPTIONS_H

#include "config/option.h"

/*
 * Read the DefElem list of a table into values, and return it as the options
 * of a call, palloc'd.  Checks all that needs neither catalogs nor a server,
 * because a dump is restored before there is anything else; but not the text
 * of the query.  Raises HV00D for an unknown or misplaced option, HV00J without
 * a query, and HV024 or 22023 for a bad value.
 */
extern Jsonb *drs_tableoptions_read(List *defelems, Options *values);

/*
 * Raise HV00D for the option "server" in a DefElem list: the server is that of the statement.
 * Also for IMPORT FOREIGN SCHEMA.
 */
extern void drs_tableoptions_refuse_server(List *defelems);

/* Check the DefElem list of a column.  Raises HV00D and HV024. */
extern void drs_tableoptions_check_column(List *defelems);

#endif							/* DRS_TABLEOPTIONS_H */
