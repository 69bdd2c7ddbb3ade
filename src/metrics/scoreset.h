/*
 * scoreset.h
 *		Scores in order, with the weight that is at each: what metrics of
 *		ranking are made of.
 *
 * A set takes scores one by one, in any order, and is read from the highest to
 * the lowest, equal scores as one.  It may be read at any time, and takes more
 * scores afterwards: window aggregates need that.  So this is not a tuplesort,
 * which cannot take more once it was read.
 *
 * Scores wait in memory until the sets of a store have work_mem together.  A
 * set that needs more then writes its scores to the temporary file of its
 * store, as a sorted run; reading merges the runs.  Equal scores in memory
 * are joined first: few distinct scores need no file, however many rows have
 * them.
 *
 * Functions raise what allocating memory and writing temporary files raise.
 */
#ifndef DRS_SCORESET_H
#define DRS_SCORESET_H

#include "metrics/exactsum.h"

/* What sets that live in the same memory context share. */
typedef struct ScoreStore ScoreStore;

typedef struct ScoreSet ScoreSet;
typedef struct ScoreReader ScoreReader;

/* All that is at one score. */
typedef struct ScoreTie
{
	double		score;
	ExactSum	first;			/* sums of what was added with it */
	ExactSum	second;
} ScoreTie;

/*
 * The store of a memory context, from a list of those that are there, or a new
 * one.  When the context is reset or deleted, the store closes its file and
 * leaves the list, which must still exist then.
 */
extern ScoreStore *drs_score_store(ScoreStore **list, MemoryContext context);

/* An empty set, in the context of the store. */
extern ScoreSet *drs_score_set(ScoreStore *store);

/* Add a score, which must not be NaN, with two numbers. */
extern void drs_score_add(ScoreSet *set, double score, double first, double second);

/* Sums of the numbers of all scores. */
extern const ExactSum *drs_score_first_total(const ScoreSet *set);
extern const ExactSum *drs_score_second_total(const ScoreSet *set);

/*
 * Read a set from its highest score on.  The reader is palloc'd; nothing may be
 * added while it is in use.
 */
extern ScoreReader *drs_score_read(ScoreSet *set);

/* The next lower score; false after the lowest. */
extern bool drs_score_next(ScoreReader *reader, ScoreTie *tie);

extern void drs_score_read_end(ScoreReader *reader);

#endif							/* DRS_SCORESET_H */
