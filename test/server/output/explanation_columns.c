#include "output/explanation_columns.h"

#include "base/csv_output.h"
#include "base/numbers.h"
#include "input/table.h"
#include "model/registry.h"
#include "output/csv_columns.h"
#include "scoring/explanations.h"
#include "scoring/result.h"

static const struct explained *
explained_of(const struct result *r, size_t row, const struct column *c)
{
	return &r->explanations->rows[row * r->explanations->per_row + c->group];
}

/* NULL: the row has fewer. */
static const struct explanation *
explanation_of(const struct result *r, size_t row, const struct column *c)
{
	const struct explained *e = explained_of(r, row, c);

	return c->which < e->count ? &e->list[c->which] : NULL;
}

static void
write_class(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	const char *label = r->deployment->classes[explained_of(r, row, c)->class_number];

	csv_write_text(out, label);
}

static void
write_feature(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	const struct explanation *e = explanation_of(r, row, c);
	const char *name = e ? r->deployment->features[e->feature].name : "";

	csv_write_text(out, name);
}

static void
write_strength(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	const struct explanation *e = explanation_of(r, row, c);

	if (e)
		number_write(out, e->strength, r->decimals);
}

static void
write_value(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	const struct explanation *e = explanation_of(r, row, c);
	struct buffer value = {0};

	if (e && explanations_value(r, row, e->feature, &value) != CELL_MISSING)
		csv_write_field(out, value.data, value.len);
	buffer_free(&value);
}

/* Empty for SHAP. */
static void
write_words(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	const struct explanation *e = explanation_of(r, row, c);

	if (e && r->explanations->algorithm != ALGORITHM_SHAP)
		buffer_text(out, explanations_words(e->share));
}

static void
write_base(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	number_write(out, explained_of(r, row, c)->base, r->decimals);
}

static void
write_remaining(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	number_write(out, explained_of(r, row, c)->remaining, r->decimals);
}

static void
choose_one(struct columns *c, const char *prefix, size_t group, size_t number)
{
	size_t		shown = number + 1;

	columns_add(c, write_feature, number, group, "%sEXPLANATION_%zu_FEATURE_NAME", prefix, shown);
	columns_add(c, write_strength, number, group, "%sEXPLANATION_%zu_STRENGTH", prefix, shown);
	columns_add(c, write_value, number, group, "%sEXPLANATION_%zu_ACTUAL_VALUE", prefix, shown);
	columns_add(c, write_words, number, group, "%sEXPLANATION_%zu_QUALITATIVE_STRENGTH", prefix,
				shown);
}

void
explanation_columns_add(struct columns *c, const struct result *r)
{
	const struct explanations *e = r->explanations;
	struct buffer prefix = {0};

	for (size_t group = 0; e && group < e->per_row; group++)
	{
		prefix.len = 0;
		if (r->deployment->kind == DEPLOYMENT_MULTICLASS)
		{
			columns_add(c, write_class, 0, group, "CLASS_%zu", group + 1);
			buffer_print(&prefix, "CLASS_%zu_", group + 1);
		}
		buffer_byte(&prefix, '\0');
		for (size_t number = 0; number < e->most; number++)
			choose_one(c, prefix.data, group, number);
	}
	buffer_free(&prefix);
	if (!e || e->algorithm != ALGORITHM_SHAP)
		return;
	columns_add(c, write_remaining, 0, 0, "SHAP_REMAINING_TOTAL");
	columns_add(c, write_base, 0, 0, "SHAP_BASE_VALUE");
}
