/*
 * groups.h
 *		Assigns whole groups of rows to sets whose sizes are given, such as all
 *		rows of a customer to one fold.
 *
 * A group is known by the hash of its key (valuehash.h).  Which set it gets
 * depends on the hashes, the number of rows of each group, the sizes and the
 * seed, and on nothing else: not on the order in which rows come.
 *
 * Memory is bounded, whatever the number of groups: a hash table of at most
 * 2^20 slots of 16 bytes, which is at most half full; a second one while it is
 * made anew; so 32 MiB.  When there are more than 2^19 groups, those whose
 * hashes begin alike form a unit, which gets a set as a whole.  Groups with the
 * same hash are always in one unit, so no group is ever split.
 *
 * Usage: drs_groups_create, drs_groups_count for each row, drs_groups_assign,
 * then drs_groups_set for each row.
 */
#ifndef DRS_GROUPS_H
#define DRS_GROUPS_H

typedef struct Groups Groups;

/* In the current memory context. */
extern Groups *drs_groups_create(void);

/* Count one row of the group with that hash, below 2^31 of all groups. */
extern void drs_groups_count(Groups *groups, uint64 hash);

/* Number of different hashes; from 2^18 on, possibly fewer than there were. */
extern int	drs_groups_number(Groups *groups);

/* Number of rows that were counted. */
extern int64 drs_groups_rows(const Groups *groups);

/*
 * Give each group one of nsets sets, at most MAX_SETS (shares.h).  The sizes,
 * numbers of rows, have the number of rows counted as their sum.
 *
 * A set of size 0 stays empty; no other does, if there are as many groups as
 * such sets.  The rows of a set differ from its size by less than the rows of
 * the largest unit; only when units are larger than sets may those sets that
 * would stay empty cost the others more.
 */
extern void drs_groups_assign(Groups *groups, const int64 *sizes, int nsets, uint64 seed);

/* The set of the group with that hash, which was counted. */
extern int	drs_groups_set(const Groups *groups, uint64 hash);

#endif							/* DRS_GROUPS_H */
