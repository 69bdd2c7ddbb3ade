/* Scores a job's chunks and writes their rows. */
#ifndef STANDIN_BATCH_SCORER_H
#define STANDIN_BATCH_SCORER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct batch_chunk;
struct batch_spec;
struct fault;

struct batch_counts
{
	uint64_t	scored;			/* rows */
	uint64_t	failed;
	uint64_t	skipped;
};

struct batch_scorer;

/* f: what is to go wrong with the rows; NULL: nothing */
struct batch_scorer *batch_scorer_new(const struct batch_spec *spec, const struct fault *f);

/*
 * Appends the rows of a chunk to the output, the first time after the line of names. false: the
 * data does not suit the job; why is in batch_scorer_why.
 */
bool		batch_scorer_run(struct batch_scorer *s, const struct batch_chunk *chunk,
							 struct buffer *out, struct batch_counts *counts);
const char *batch_scorer_why(const struct batch_scorer *s);
void		batch_scorer_free(struct batch_scorer *s);

#endif
