/*
 * isolate.h
 *		Finds the rows of a chunk that the server refuses, with few requests.
 *
 * A request that holds a refused row fails as a whole and does not say which
 * it was.  So its first rows are sent again: the first half, half of that,
 * and so on, until one row is refused alone.  What was answered on the way is
 * kept, and what lies behind the refused row goes as one request again.
 *
 * One refused row among n costs at most ceil(log2(n)) + 2 requests more, k of
 * them never more than k times 2 log2(n).  Rows refused close to each other
 * are looked for close to each other: a run of them costs about one request
 * each.  Pure computation, needs nothing of the server.
 */
#ifndef DRS_ISOLATE_H
#define DRS_ISOLATE_H

#include <stdbool.h>

/* What is known of the rows not settled yet.  All zero: nothing. */
typedef struct Isolation
{
	int			suspects;		/* the first so many hold a refused row; 0: not known */
	int			stride;			/* rows to try next; 0: all */
	int			since_refused;	/* the last refused row lies so many
								 * rows back; 0: there was none */
} Isolation;

/* How many of the first rows to send next, of nrows that are not settled. */
extern int	drs_isolation_next(const Isolation *isolation, int nrows);

/* The first nsent rows were answered: they are settled. */
extern void drs_isolation_answered(Isolation *isolation, int nsent);

/*
 * The first nsent rows were refused.  True when that settles a row: it was
 * sent alone; nleft rows lie behind it.
 */
extern bool drs_isolation_refused(Isolation *isolation, int nsent, int nleft);

#endif							/* DRS_ISOLATE_H */
