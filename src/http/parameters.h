/*
 * parameters.h
 *		The parameters of a request: the query part of its URL.
 */
#ifndef DRS_PARAMETERS_H
#define DRS_PARAMETERS_H

#include "config/option.h"

/* The column that is sent and returned with row numbers when a call asks for verify_order. */
#define DRS_ORDER_COLUMN "datarobot_scoring_row"

typedef struct UrlQuery
{
	char	   *text;			/* with its question mark; empty when there are no parameters */
	const char *longest;		/* option that takes most of it; NULL when there are none */
	size_t		longest_len;	/* bytes it takes */
} UrlQuery;

/* Raise 22023 when options of one call exclude each other. */
extern void drs_parameters_check(const Options *options);

/*
 * The query part for these options.  by_old_name: the route calls maxExplanations by
 * its old name maxCodes.  Raises for values without a UTF-8 form.  Palloc'd.
 */
extern UrlQuery drs_parameters_query(const Options *options, bool by_old_name);

#endif							/* DRS_PARAMETERS_H */
