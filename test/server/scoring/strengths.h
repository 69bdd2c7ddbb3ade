/* The strength of every feature in every row, by SHAP or XEMP. */
#ifndef STANDIN_STRENGTHS_H
#define STANDIN_STRENGTHS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/registry.h"

struct strengths
{
	size_t		outputs;		/* of the model */
	float	   *features;		/* rows * outputs * features */
	float	   *base;			/* SHAP: rows * outputs; NULL otherwise */
	float	   *columns;		/* rows * outputs * matrix columns, for n-grams */
};

/* false: the error is in *why */
bool		strengths_make(const struct deployment *d, enum algorithm algorithm,
						   const float *values, size_t rows, struct strengths *s,
						   const char **why);
void		strengths_free(struct strengths *s);

static inline size_t
strengths_place(const struct strengths *s, size_t row, size_t output, size_t width)
{
	return (row * s->outputs + output) * width;
}

#endif
