/*
 * levels.h
 *		The different values of a partition column, in the order of their type.
 */
#ifndef DRS_LEVELS_H
#define DRS_LEVELS_H

/* What the service accepts for a partition column (docs/api.md 5.2). */
#define MIN_LEVELS 2
#define MAX_LEVELS 100

typedef struct Levels Levels;

/*
 * Without values yet, palloc'd; it copies values into the memory context that is
 * current now.  Raises ERRCODE_UNDEFINED_FUNCTION when the type has no order.
 */
extern Levels *drs_levels_make(Oid type, Oid collation);

/* Add a value if it is not there, neither NULL.  Raises 22023 for too many. */
extern void drs_levels_add(Levels *levels, Datum value);

/* Number of values.  Raises 22023 for fewer than MIN_LEVELS. */
extern int	drs_levels_count(const Levels *levels);

/* The place of a value in the order, from 0, or -1.  All values are added before. */
extern int	drs_levels_find(Levels *levels, Datum value);

/* The text of the value at a place, for messages: cut if it is long; palloc'd. */
extern char *drs_levels_text(const Levels *levels, int place);

#endif							/* DRS_LEVELS_H */
