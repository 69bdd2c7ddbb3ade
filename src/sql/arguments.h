/*
 * arguments.h
 *		The arguments that score, score_as and preview share.
 */
#ifndef DRS_ARGUMENTS_H
#define DRS_ARGUMENTS_H

#include "fmgr.h"
#include "nodes/pg_list.h"
#include "utils/jsonb.h"

#include "config/option.h"

typedef struct ScoreArguments
{
	char	   *deployment;		/* NULL: the server's default */
	char	   *query;
	List	   *key_columns;	/* of char * */
	List	   *passthrough_columns;
	char	   *server;			/* NULL: the options or the setting name it */
	Jsonb	   *options;		/* NULL: none */
} ScoreArguments;

/*
 * The arguments, copied: deployment and query are the first-th and the next,
 * key_columns, passthrough_columns, server and options the rest-th and the
 * next.  Raises when the query is NULL or a list of columns holds a NULL.
 */
extern ScoreArguments drs_arguments_get(FunctionCallInfo fcinfo, int first, int rest);

/* Let the lists of columns take the place of the same options; raises when both are given. */
extern void drs_arguments_merge_columns(const ScoreArguments *args, Options *options);

/*
 * Arguments that are options by the same name, and the options in the last of
 * them, as one object with our spelling of the names; NULLs are left out.
 * names ends with NULL; its first is that of argument first, and the argument
 * behind the last is the options.  Raises 22023 when an option stands in both.
 */
extern Jsonb *drs_arguments_as_options(FunctionCallInfo fcinfo, int first,
									   const char *const *names, OptionHome home);

/* An argument of type quantity, not NULL, that is to be a whole number; raises when it is none. */
extern int64 drs_argument_whole(FunctionCallInfo fcinfo, int arg, const char *name);

/* A text argument, or one of type quantity, as a C string, or NULL. */
extern char *drs_argument_text(FunctionCallInfo fcinfo, int arg);

/* A text[] argument as a list of char *; NULL is the empty list.  Raises when it holds a NULL. */
extern List *drs_argument_names(FunctionCallInfo fcinfo, int arg, const char *name);

#endif							/* DRS_ARGUMENTS_H */
