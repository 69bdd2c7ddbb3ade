/*
 * SHAP strengths are XGBoost's own contributions, on the scale of the trees' sum.
 *
 * XEMP strengths come from asking the model: a feature's strength is the prediction less the mean
 * of the predictions with each of a few typical values in place of the feature's; an n-gram's
 * strength is the prediction less the one without the n-gram. That is the idea of the service's
 * XEMP, whose formula is not public.
 */
#include "scoring/strengths.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "input/table.h"
#include "model/model_xgboost.h"
#include "scoring/feature_matrix.h"

static float *
zeros(size_t count)
{
	float	   *list = must_alloc(count * sizeof *list);

	memset(list, 0, count * sizeof *list);
	return list;
}

/* Adds the columns of each feature. */
static void
add_up(const struct deployment *d, const float *columns, float *features)
{
	for (size_t i = 0; i < d->n_features; i++)
		for (size_t c = 0; c < d->features[i].width; c++)
			features[i] += columns[d->features[i].column + c];
}

static bool
by_contributions(const struct deployment *d, const float *values, size_t rows, struct strengths *s,
				 const char **why)
{
	size_t		columns = d->n_columns;
	float	   *all = model_contributions(d->model, values, rows, columns, &s->outputs, why);

	if (!all)
		return false;
	s->features = zeros(rows * s->outputs * d->n_features);
	s->columns = must_alloc(rows * s->outputs * columns * sizeof *all);
	s->base = must_alloc(rows * s->outputs * sizeof *all);
	for (size_t i = 0; i < rows * s->outputs; i++)
	{
		const float *from = all + i * (columns + 1);

		add_up(d, from, s->features + i * d->n_features);
		memcpy(s->columns + i * columns, from, columns * sizeof *all);
		s->base[i] = from[columns];
	}
	free(all);
	return true;
}

/* The predictions when every row has these values from `column` on. */
static float *
predict_with(const struct deployment *d, const float *values, size_t rows, size_t column,
			 const float *put, size_t width, const char **why)
{
	size_t		size = d->n_columns * sizeof *values;
	float	   *changed = must_alloc(rows * size);
	float	   *scores;
	size_t		outputs;
	bool		cache_hit;

	memcpy(changed, values, rows * size);
	for (size_t row = 0; row < rows; row++)
		memcpy(changed + row * d->n_columns + column, put, width * sizeof *put);
	scores = model_predict(d->model, changed, rows, d->n_columns, &outputs, &cache_hit, why);
	free(changed);
	return scores;
}

/* strengths += (scores - other) / share, in one of the `width` places of each row */
static void
add_difference(const struct strengths *s, size_t rows, const float *scores, const float *other,
			   float share, float *strengths, size_t place, size_t width)
{
	for (size_t i = 0; i < rows * s->outputs; i++)
		strengths[i * width + place] += (scores[i] - other[i]) / share;
}

static bool
try_exemplars(const struct deployment *d, size_t number, const float *values, const float *scores,
			  size_t rows, struct strengths *s, const char **why)
{
	const struct feature *f = &d->features[number];
	float	   *put = must_alloc(f->width * sizeof *put);
	bool		ok = true;

	for (size_t e = 0; ok && e < f->n_exemplars; e++)
	{
		struct cell c = {f->exemplars[e], (uint32_t) strlen(f->exemplars[e]), CELL_TEXT};
		float	   *other;

		matrix_fill_cell(&c, f, put);
		other = predict_with(d, values, rows, f->column, put, f->width, why);
		ok = other != NULL;
		if (ok)
			add_difference(s, rows, scores, other, (float) f->n_exemplars, s->features, number,
						   d->n_features);
		free(other);
	}
	free(put);
	return ok;
}

static bool
try_without(const struct deployment *d, const struct feature *f, const float *values,
			const float *scores, size_t rows, struct strengths *s, const char **why)
{
	static const float none = 0;

	for (size_t c = f->column; c < f->column + f->width; c++)
	{
		float	   *other = predict_with(d, values, rows, c, &none, 1, why);

		if (!other)
			return false;
		add_difference(s, rows, scores, other, 1, s->columns, c, d->n_columns);
		free(other);
	}
	return true;
}

static bool
by_exemplars(const struct deployment *d, const float *values, size_t rows, struct strengths *s,
			 const char **why)
{
	bool		cache_hit;
	float	   *scores =
		model_predict(d->model, values, rows, d->n_columns, &s->outputs, &cache_hit, why);
	bool		ok = scores != NULL;

	s->features = zeros(rows * s->outputs * d->n_features);
	s->columns = zeros(rows * s->outputs * d->n_columns);
	for (size_t i = 0; ok && i < d->n_features; i++)
	{
		ok = try_exemplars(d, i, values, scores, rows, s, why);
		if (ok && d->features[i].kind == FEATURE_TEXT)
			ok = try_without(d, &d->features[i], values, scores, rows, s, why);
	}
	free(scores);
	return ok;
}

bool
strengths_make(const struct deployment *d, enum algorithm algorithm, const float *values,
			   size_t rows, struct strengths *s, const char **why)
{
	*s = (struct strengths) {0};
	return algorithm == ALGORITHM_SHAP ? by_contributions(d, values, rows, s, why)
		: by_exemplars(d, values, rows, s, why);
}

void
strengths_free(struct strengths *s)
{
	free(s->features);
	free(s->base);
	free(s->columns);
}
