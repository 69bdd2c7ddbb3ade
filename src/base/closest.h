/*
 * closest.h
 *		Finds the name that a mistyped one was probably meant to be.
 *
 * The same steps as PostgreSQL's ClosestMatchState, which exists from 16 on.
 *
 * Usage: drs_closest_init, drs_closest_try for each name that is valid, then
 * look at found.  Nothing is copied, and nothing raises.
 */
#ifndef DRS_CLOSEST_H
#define DRS_CLOSEST_H

#include "access/tupdesc.h"

typedef struct ClosestName
{
	const char *wanted;			/* as the user wrote it */
	const char *found;			/* closest so far; NULL when nothing is close */
	int			distance;		/* edits between the two */
} ClosestName;

/* Begin a search. */
extern void drs_closest_init(ClosestName *closest, const char *wanted);

/* Remember a name if it is closer than those before. */
extern void drs_closest_try(ClosestName *closest, const char *name);

/* The column that was probably meant, or NULL; it is part of desc. */
extern const char *drs_closest_column(TupleDesc desc, const char *wanted);

#endif							/* DRS_CLOSEST_H */
