/*
 * callguard.c
 *		Counts the requests that calls for one row send in a statement of the
 *		client, so that nobody scores a table row by row without noticing.
 *
 * An expression does not know whose statement it is evaluated for: a trigger
 * or a loop in PL/pgSQL has statements and expressions of its own.  What they
 * have in common is the time at which the client's message came.  A cursor
 * gets a message for each FETCH, but its portal keeps the time of the one that
 * made it.  So both times are counted for.
 */
#include "postgres.h"

#include "access/xact.h"
#include "tcop/pquery.h"

#include "sql/callguard.h"

/* Statements that are counted at a time; of more cursors, the oldest count is forgotten. */
#define MAX_STATEMENTS 16

typedef struct StatementCount
{
	TimestampTz came_at;		/* identifies the statement */
	int64		calls;
} StatementCount;

static StatementCount statements[MAX_STATEMENTS];
static int	next_statement = 0; /* whose place is taken by the next one */

/* Count one more for the statement that came at that time.  Returns how many there are. */
static int64
count_for(TimestampTz came_at)
{
	StatementCount *statement;

	for (int i = 0; i < MAX_STATEMENTS; i++)
		if (statements[i].came_at == came_at)
			return ++statements[i].calls;
	statement = &statements[next_statement];
	next_statement = (next_statement + 1) % MAX_STATEMENTS;
	statement->came_at = came_at;
	return statement->calls = 1;
}

void
drs_callguard_count(const char *function, int max)
{
	TimestampTz message = GetCurrentStatementStartTimestamp();
	int64		calls = count_for(message);

	if (ActivePortal && ActivePortal->creation_time != message)
	{
		int64		of_portal = count_for(ActivePortal->creation_time);

		calls = Max(calls, of_portal);
	}
	if (calls > max)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("more than %d calls of %s in one statement", max, function),
				 errdetail("Each of them is a request of one row."),
				 errhint("To score many rows, use a window function, "
						 "SELECT datarobot.predict(f, ...) OVER () FROM ... f, "
						 "or a scored table (datarobot.create_scored_table). "
						 "The option \"max_calls\" sets the limit.")));
}
