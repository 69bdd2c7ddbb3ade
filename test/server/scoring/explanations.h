/* Prediction explanations: how much each feature moved a row's prediction (docs/api.md 1.11). */
#ifndef STANDIN_EXPLANATIONS_H
#define STANDIN_EXPLANATIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "input/table.h"
#include "model/registry.h"

struct reply;
struct result;

/* One n-gram of a text feature. */
struct ngram
{
	size_t		term;			/* index in the feature's terms */
	float		strength;
	float		share;			/* of the row's strongest feature */
};

struct explanation
{
	size_t		feature;
	float		strength;
	float		share;			/* of the row's strongest feature: from -1 to 1 */
	size_t		n_ngrams;
	struct ngram *ngrams;		/* the strongest first */
};

/* A row's explanations of one output. */
struct explained
{
	size_t		class_number;
	size_t		count;			/* 0: a threshold excludes the row */
	struct explanation *list;	/* the strongest first */
	float		base;			/* SHAP: the base value */
	float		remaining;		/* SHAP: the sum of the strengths that are not in the list */
};

struct explanations
{
	enum algorithm algorithm;
	size_t		most;			/* explanations per row and class */
	size_t		per_row;		/* classes explained */
	bool		with_ngrams;
	size_t		n;				/* rows * per_row */
	struct explained *rows;
	size_t		columns;		/* of the model's matrix */
	const float *values;		/* what the model saw: rows * columns, not owned */
};

/* what a result's explanations are like, without their rows; false: none are asked for */
bool		explanations_shape(struct explanations *e, const struct result *result);

/* values: what was predicted from, kept as long as the result; false: an error is in the reply */
bool		explanations_make(struct result *result, const float *values, struct reply *reply);
void		explanations_free(struct explanations *e);

/* the value of a feature in a row, as text; CELL_MISSING: none */
enum cell_kind explanations_value(const struct result *r, size_t row, size_t feature,
								  struct buffer *value);

/* +++ to ---, from the share of the strongest feature */
const char *explanations_words(float share);

#endif
