#include "scoring/explanations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/http_reply.h"
#include "base/numbers.h"
#include "input/input.h"
#include "scoring/result.h"
#include "scoring/strengths.h"

/* The rows to explain, and how. */
struct explaining
{
	const struct deployment *deployment;
	const struct parameters *params;
	const struct result *result;
	const float *values;
	struct strengths strengths;
	struct explanations *out;
};

static int
stronger(float a, float b)
{
	if (fabsf(a) != fabsf(b))
		return fabsf(a) > fabsf(b) ? -1 : 1;
	return 0;
}

static int
by_strength(const void *a, const void *b)
{
	const struct explanation *x = a;
	const struct explanation *y = b;
	int			order = stronger(x->strength, y->strength);

	return order ? order : x->feature < y->feature ? -1 : 1;
}

static int
by_ngram_strength(const void *a, const void *b)
{
	const struct ngram *x = a;
	const struct ngram *y = b;
	int			order = stronger(x->strength, y->strength);

	return order ? order : x->term < y->term ? -1 : 1;
}

/* ---- which classes of a row */

static size_t
rank_of(const struct result *r, size_t row, size_t class_number)
{
	float		own = result_score(r, row, class_number);
	size_t		rank = 0;

	for (size_t c = 0; c < r->deployment->n_classes; c++)
	{
		float		other = result_score(r, row, c);

		rank += other > own || (other == own && c < class_number);
	}
	return rank;
}

/* The class to explain in this place: of the named ones, or of the best ones. */
static size_t
choose_class(const struct explaining *w, size_t row, size_t place)
{
	if (w->deployment->kind != DEPLOYMENT_MULTICLASS)
		return 0;
	if (w->params->n_class_numbers)
		return (size_t) w->params->class_numbers[place];
	for (size_t c = 0; c < w->deployment->n_classes; c++)
		if (rank_of(w->result, row, c) == place)
			return c;
	return 0;
}

static size_t
count_classes(const struct deployment *d, const struct parameters *p)
{
	if (d->kind != DEPLOYMENT_MULTICLASS)
		return 1;
	if (p->n_class_numbers)
		return p->n_class_numbers;
	if ((size_t) p->top_classes > d->n_classes)
		return d->n_classes;
	return p->top_classes ? (size_t) p->top_classes : 1;
}

/* Is the row within the thresholds? SHAP ignores them. */
static bool
is_wanted(const struct explaining *w, float score)
{
	const struct parameters *p = w->params;

	if (w->out->algorithm == ALGORITHM_SHAP || (!p->has_high && !p->has_low))
		return true;
	return (p->has_high && (double) score > p->high) || (p->has_low && (double) score < p->low);
}

/* ---- n-grams */

static size_t
ngrams_wanted(const struct parameters *p)
{
	if (p->max_ngrams == COUNT_ALL)
		return SIZE_MAX;
	return p->max_ngrams > 0 ? (size_t) p->max_ngrams : 0;
}

/* Lists the n-grams that the row's text contains. */
static void
explain_text(const struct explaining *w, size_t row, const float *columns, float strongest,
			 struct explanation *e)
{
	const struct feature *f = &w->deployment->features[e->feature];
	const float *counts = w->values + row * w->deployment->n_columns + f->column;
	size_t		most = ngrams_wanted(w->params);

	if (f->kind != FEATURE_TEXT || most == 0)
		return;
	e->ngrams = must_alloc(f->width * sizeof *e->ngrams);
	for (size_t i = 0; i < f->width; i++)
		if (counts[i] > 0)
			e->ngrams[e->n_ngrams++] = (struct ngram) {
				.term = i,
				.strength = columns[f->column + i],
				.share = strongest > 0 ? columns[f->column + i] / strongest : 0,
			};
	qsort(e->ngrams, e->n_ngrams, sizeof *e->ngrams, by_ngram_strength);
	if (e->n_ngrams > most)
		e->n_ngrams = most;
}

/* ---- one row, one class */

static void
explain(const struct explaining *w, size_t row, struct explained *out)
{
	size_t		n = w->deployment->n_features;
	size_t		output = w->strengths.outputs > 1 ? out->class_number : 0;
	size_t		at = strengths_place(&w->strengths, row, output, 1);
	const float *strengths = w->strengths.features + at * n;
	const float *columns = w->strengths.columns + at * w->deployment->n_columns;
	float		strongest;

	out->list = must_alloc(n * sizeof *out->list);
	for (size_t i = 0; i < n; i++)
		out->list[i] = (struct explanation) {.feature = i, .strength = strengths[i]};
	qsort(out->list, n, sizeof *out->list, by_strength);
	out->count = w->out->most;
	strongest = fabsf(out->list[0].strength);
	for (size_t i = 0; i < n; i++)
		if (i < out->count)
		{
			struct explanation *e = &out->list[i];

			e->share = strongest > 0 ? e->strength / strongest : 0;
			explain_text(w, row, columns, strongest, e);
		}
		else
			out->remaining += out->list[i].strength;
	out->base = w->strengths.base ? w->strengths.base[at] : 0;
}

static void
explain_rows(struct explaining *w)
{
	struct explanations *e = w->out;

	for (size_t i = 0; i < e->n; i++)
	{
		size_t		row = i / e->per_row;
		struct explained *out = &e->rows[i];

		out->class_number = choose_class(w, row, i % e->per_row);
		if (is_wanted(w, result_score(w->result, row, out->class_number)))
			explain(w, row, out);
	}
}

bool
explanations_shape(struct explanations *e, const struct result *result)
{
	const struct deployment *d = result->deployment;
	const struct parameters *p = result->params;

	*e = (struct explanations) {
		.algorithm = params_algorithm(p, d),
		.most = params_explanations(p, d, result->operation),
		.per_row = count_classes(d, p),
		.with_ngrams = ngrams_wanted(p) > 0,
		.columns = d->n_columns,
	};
	return e->most > 0;
}

bool
explanations_make(struct result *result, const float *values, struct reply *reply)
{
	const struct deployment *d = result->deployment;
	struct explaining w = {
		.deployment = d, .params = result->params, .result = result, .values = values};
	struct explanations shape;
	const char *why = "no values";

	if (!explanations_shape(&shape, result))
		return true;
	w.out = must_alloc(sizeof *w.out);
	*w.out = shape;
	w.out->values = values;
	result->explanations = w.out;
	w.out->n = result->rows * w.out->per_row;
	w.out->rows = must_alloc(w.out->n * sizeof *w.out->rows);
	memset(w.out->rows, 0, w.out->n * sizeof *w.out->rows);
	if (strengths_make(d, w.out->algorithm, values, result->rows, &w.strengths, &why))
		explain_rows(&w);
	else
		reply_error(reply, 500, "the explanation failed: %.*s", (int) strcspn(why, "\n"), why);
	strengths_free(&w.strengths);
	return !reply->ready;
}

void
explanations_free(struct explanations *e)
{
	for (size_t i = 0; e && i < e->n; i++)
	{
		for (size_t k = 0; k < e->rows[i].count; k++)
			free(e->rows[i].list[k].ngrams);
		free(e->rows[i].list);
	}
	if (e)
		free(e->rows);
	free(e);
}

/* The value of a feature that the server made is what the model saw. */
static enum cell_kind
made_value(const struct explanations *e, size_t row, size_t feature, struct buffer *value)
{
	float		number = e->values[row * e->columns + feature];

	if (isnan(number))
		return CELL_MISSING;
	buffer_reserve(value, NUMBER_TEXT_MAX);
	value->len += (size_t) number_print_float(value->data + value->len, number);
	return CELL_NUMBER;
}

enum cell_kind
explanations_value(const struct result *r, size_t row, size_t feature, struct buffer *value)
{
	const struct feature *f = &r->deployment->features[feature];
	const struct cell *c;

	if (f->input < 0)
		return made_value(r->explanations, row, f->column, value);
	c = result_cell(r, row, r->wanted->input_slots[f->input]);
	if (!c || cell_is_missing(c))
		return CELL_MISSING;
	buffer_append(value, c->text, c->len);
	if (c->kind == CELL_TEXT && f->kind == FEATURE_NUMERIC && number_is_json(c->text, c->len))
		return CELL_NUMBER;
	return (enum cell_kind) c->kind;
}

const char *
explanations_words(float share)
{
	float		size = fabsf(share);

	if (size > 0.75f)
		return share > 0 ? "+++" : "---";
	if (size > 0.25f)
		return share > 0 ? "++" : "--";
	if (size > 0.001f)
		return share > 0 ? "+" : "-";
	return share >= 0 ? "<+" : "<-";
}
