/*
 * queryplace.c
 *		Errors in a query that is an argument or an option: where in its text.
 */
#include "postgres.h"

#include "rows/queryplace.h"

void
drs_queryplace_set(void *query)
{
	int			position = geterrposition();

	if (position <= 0)
		return;
	errposition(0);
	internalerrposition(position);
	internalerrquery(query);
}
