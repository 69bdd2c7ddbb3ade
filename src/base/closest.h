/*
 * closest.h
 *		Finds the name that a mistyped one was probably meant to be.
 *
 * The same three steps as the core's ClosestMatchState, which exists from
 * PostgreSQL 16 on only.
 */
#ifndef DRS_CLOSEST_H
#define DRS_CLOSEST_H

typedef struct ClosestName
{
	const char *wanted;			/* as the user wrote it */
	const char *found;			/* closest so far; NULL when nothing is close */
	int			distance;		/* edits between the two */
} ClosestName;

extern void drs_closest_init(ClosestName *closest, const char *wanted);
extern void drs_closest_try(ClosestName *closest, const char *name);

#endif							/* DRS_CLOSEST_H */
