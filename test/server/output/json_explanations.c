#include "output/json_explanations.h"

#include "base/json_output.h"
#include "base/numbers.h"
#include "input/table.h"
#include "model/registry.h"
#include "scoring/explanations.h"
#include "scoring/ngrams.h"
#include "scoring/result.h"

/* With SHAP every value is a string. */
static void
write_value(struct buffer *out, const struct result *r, size_t row, size_t feature)
{
	struct buffer value = {0};
	enum cell_kind kind = explanations_value(r, row, feature, &value);

	if (kind == CELL_MISSING)
		buffer_text(out, "null");
	else if (kind == CELL_TEXT || r->explanations->algorithm == ALGORITHM_SHAP)
		json_write_string(out, value.data, value.len);
	else
		buffer_append(out, value.data, value.len);
	buffer_free(&value);
}

static void
write_words(struct buffer *out, const struct result *r, float share)
{
	buffer_text(out, ", \"qualitativeStrength\": ");
	if (r->explanations->algorithm == ALGORITHM_SHAP)
		buffer_text(out, "null");
	else
		json_write_text(out, explanations_words(share));
}

/* The places of one n-gram. */
struct places
{
	struct buffer *out;
	size_t		term;
	size_t		count;
};

static void
write_place(void *data, const struct ngram_place *place)
{
	struct places *p = data;

	if (place->term != p->term)
		return;
	buffer_print(p->out, "%s{\"startingIndex\": %zu, \"endingIndex\": %zu}",
				 p->count++ ? ", " : "", place->start, place->end);
}

static void
write_ngrams(struct buffer *out, const struct result *r, size_t row, const struct explanation *e)
{
	const struct feature *f = &r->deployment->features[e->feature];
	struct buffer text = {0};

	explanations_value(r, row, e->feature, &text);
	buffer_byte(out, '[');
	for (size_t i = 0; i < e->n_ngrams; i++)
	{
		struct places p = {.out = out, .term = e->ngrams[i].term};

		buffer_text(out, i ? ", {\"ngrams\": [" : "{\"ngrams\": [");
		ngrams_find(text.data, text.len, f->terms, f->n_terms, write_place, &p);
		buffer_text(out, "], \"isUnknown\": false");
		write_words(out, r, e->ngrams[i].share);
		buffer_text(out, ", \"strength\": ");
		number_write(out, e->ngrams[i].strength, r->decimals);
		buffer_byte(out, '}');
	}
	buffer_byte(out, ']');
	buffer_free(&text);
}

static void
write_one(struct buffer *out, const struct result *r, size_t row,
		  const struct explained *explained, const struct explanation *e)
{
	const struct deployment *d = r->deployment;
	const struct feature *f = &d->features[e->feature];

	buffer_text(out, "{\"feature\": ");
	json_write_text(out, f->name);
	buffer_text(out, ", \"featureValue\": ");
	write_value(out, r, row, e->feature);
	buffer_text(out, ", \"strength\": ");
	number_write(out, e->strength, r->decimals);
	write_words(out, r, e->share);
	buffer_text(out, ", \"label\": ");
	if (d->n_classes)
		buffer_text(out, d->json_labels[explained->class_number]);
	else
		json_write_text(out, d->target_label);
	if (r->explanations->with_ngrams)
	{
		buffer_text(out, ", \"perNgramTextExplanations\": ");
		if (f->kind == FEATURE_TEXT)
			write_ngrams(out, r, row, e);
		else
			buffer_text(out, "null");
	}
	buffer_byte(out, '}');
}

static void
write_metadata(struct buffer *out, const struct result *r, const struct explained *e)
{
	buffer_text(out, ", \"shapExplanationsMetadata\": {\"warnings\": null, \"remainingTotal\": ");
	number_write(out, e->remaining, r->decimals);
	buffer_text(out, ", \"baseValue\": ");
	number_write(out, e->base, r->decimals);
	buffer_byte(out, '}');
}

void
json_explanations_write(struct buffer *out, const struct result *r, size_t row)
{
	const struct explanations *all = r->explanations;
	size_t		written = 0;

	if (!all)
		return;
	buffer_text(out, r->operation == OPERATION_REASON_CODES ? ", \"reasonCodes\": ["
				: ", \"predictionExplanations\": [");
	for (size_t k = 0; k < all->per_row; k++)
	{
		const struct explained *e = &all->rows[row * all->per_row + k];

		for (size_t i = 0; i < e->count; i++)
		{
			if (written++)
				buffer_text(out, ", ");
			write_one(out, r, row, e, &e->list[i]);
		}
	}
	buffer_byte(out, ']');
	if (all->algorithm == ALGORITHM_SHAP)
		write_metadata(out, r, &all->rows[row * all->per_row]);
}
