/*
 * arguments.h
 *		Reads arguments of the SQL functions, those that several share as one struct.
 */
#ifndef DRS_ARGUMENTS_H
#define DRS_ARGUMENTS_H

#include "fmgr.h"
#include "nodes/pg_list.h"
#include "utils/jsonb.h"

#include "config/endpoint.h"

typedef struct ScoreArguments
{
	char	   *deployment;		/* NULL: the server's default */
	char	   *query;
	List	   *key_columns;	/* of char * */
	List	   *passthrough_columns;
	char	   *server;			/* NULL: named by the options or the setting */
	Jsonb	   *options;		/* NULL: none */
} ScoreArguments;

/*
 * Copies of the arguments, counted from 0: deployment is argument first and
 * query the next one; key_columns, passthrough_columns, server and options are
 * argument rest and the next three.  Raises when the query is NULL or a list
 * of columns contains NULL.
 */
extern ScoreArguments drs_arguments_get(FunctionCallInfo fcinfo, int first, int rest);

/*
 * The endpoint of a call (endpoint.h) whose options are of that home, with the
 * lists of columns in its options.  Raises as drs_endpoint_resolve does, and
 * when such a list is given as an argument and as an option.
 */
extern Endpoint *drs_arguments_resolve(const ScoreArguments *args, OptionHome home);

/*
 * Merge arguments that are options of the same name with the argument
 * "options" into one JSON object, palloc'd, with our spelling of the names;
 * NULLs are left out.  names ends with NULL: its first is the name of argument
 * first, and the argument after the last of them is "options".  Raises 22023
 * when an option is given both ways, or does not fit.
 */
extern Jsonb *drs_arguments_as_options(FunctionCallInfo fcinfo, int first,
									   const char *const *names, OptionHome home);

/*
 * A text as a whole number, which messages call by that name.  Raises 22023 when it has a
 * fraction, is no number or infinite, and what numeric and bigint raise for other texts.
 */
extern int64 drs_whole_number(const char *text, const char *name);

/* The same for an argument of type quantity, not NULL. */
extern int64 drs_argument_whole(FunctionCallInfo fcinfo, int arg, const char *name);

/* A text as the number of a backtest.  Raises as drs_whole_number, and 22023 below 0. */
extern int64 drs_backtest_number(const char *text);

/* An argument of type text or quantity as a C string, palloc'd; NULL for NULL. */
extern char *drs_argument_text(FunctionCallInfo fcinfo, int arg);

/* A text[] argument as a list of char *; NULL is the empty list.  Raises when it contains NULL. */
extern List *drs_argument_names(FunctionCallInfo fcinfo, int arg, const char *name);

#endif							/* DRS_ARGUMENTS_H */
