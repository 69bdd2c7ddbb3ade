/*
 * How the rows of a job are written, one after another: what both ways of scoring share
 * (batch_scorer.c, batch_synthetic.c).
 */
#ifndef STANDIN_BATCH_ROWS_H
#define STANDIN_BATCH_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "batch/batch_columns.h"
#include "batch/batch_format.h"
#include "batch/batch_scorer.h"
#include "input/input.h"

struct table;

struct batch_rows
{
	const struct batch_spec *spec;
	const struct fault *fault;	/* NULL: none */
	struct columns columns;
	struct batch_format *format;
	uint64_t	number;			/* of the next row, from 0 */
	char	   *why;			/* that the data does not suit the job; NULL: it does */
};

/* keeps a message, the first one only; returns false */
bool		batch_rows_refuse(struct batch_rows *w, const char *why);

/* how often the next row is to be written: once, unless a fault says otherwise */
int			batch_rows_times(const struct batch_rows *w);

/* what a fault puts in place of this column of the next row; NULL: nothing */
const char *batch_rows_instead(const struct batch_rows *w, size_t column);

/* why a row fails that a fault makes bad */
const char *batch_rows_bad_text(const struct batch_rows *w);

/* the synthetic deployment's rows, for which there is no table */
bool		batch_synthetic_run(struct batch_rows *w, const struct batch_chunk *chunk,
								const struct table *header, const struct wanted *wanted,
								struct buffer *out, struct batch_counts *counts);

#endif
