/*
 * isolate.h
 *		Finds the rows of a chunk that the server refuses with few requests.
 *
 * A request that contains a refused row fails as a whole, and its answer does
 * not say which row it was.  So its first rows are sent again: the first
 * half, half of that, and so on, until one row is refused alone.  What was
 * answered on the way is kept, and the rows after the refused one are sent as
 * one request again.
 *
 * One refused row among n costs at most ceil(log2(n)) + 2 requests more, k of
 * them never more than k times 2 log2(n).  After two refused rows close to
 * each other, the search continues in small steps: a run of refused rows
 * costs about one request each.  Pure computation that does not depend on
 * PostgreSQL.
 */
#ifndef DRS_ISOLATE_H
#define DRS_ISOLATE_H

#include <stdbool.h>

/* What is known of the rows that are not settled yet.  All zero: nothing. */
typedef struct Isolation
{
	/* this many of the first rows contain a refused one; 0: unknown */
	int			suspects;
	int			stride;			/* number of rows to try next; 0: all */
	/* distance in rows from the last refused one; 0: there was none */
	int			since_refused;
} Isolation;

/* The number of first rows to send next, of nrows that are not settled. */
extern int	drs_isolation_next(const Isolation *isolation, int nrows);

/* The first nsent rows were answered: they are settled. */
extern void drs_isolation_answered(Isolation *isolation, int nsent);

/*
 * The first nsent rows were refused; nleft rows come after them.  True when
 * that settles a row, which was sent alone.
 */
extern bool drs_isolation_refused(Isolation *isolation, int nsent, int nleft);

#endif							/* DRS_ISOLATE_H */
