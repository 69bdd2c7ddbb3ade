#include "batch/batch_columns.h"

#include <stdlib.h>
#include <string.h>

#include "base/csv_output.h"
#include "batch/batch_spec.h"
#include "faults/fault.h"
#include "input/input.h"
#include "model/registry.h"
#include "scoring/explanations.h"
#include "scoring/result.h"

static void
write_ok(struct buffer *out, const struct result *r, size_t row, const struct column *c)
{
	(void) r;
	(void) row;
	(void) c;
	buffer_text(out, "OK");
}

bool
batch_column_is_status(const struct column *c)
{
	return c->write == write_ok;
}

/* ---- which */

static bool
is_wanted_class(const struct batch_spec *s, size_t class_number)
{
	const json_t *names = batch_member(s->json, "includeProbabilitiesClasses");
	size_t		i;
	const json_t *name;

	if (json_array_size(names) == 0)
		return true;
	json_array_foreach(names, i, name)
		if (strcmp(json_string_value(name), s->deployment->classes[class_number]) == 0)
			return true;
	return false;
}

static bool
is_wanted(const struct batch_spec *s, const struct column *c)
{
	if (c->part == COLUMN_PROBABILITY)
		return s->with_probabilities && is_wanted_class(s, c->which);
	return c->part != COLUMN_DECIDING || s->with_probabilities;
}

/* The new name of a column: a string; NULL if it keeps its own, null or false if it is dropped. */
static const json_t *
new_name(const json_t *remapping, const struct column *c)
{
	char	   *name = strndup(c->name.data ? c->name.data : "", c->name.len);
	const json_t *found = NULL;
	size_t		i;
	const json_t *pair;

	if (json_is_object(remapping))
		found = json_object_get(remapping, name);
	json_array_foreach(remapping, i, pair)
		if (strcmp(batch_text(pair, "inputName"), name) == 0)
		{
			found = json_object_get(pair, "outputName");
			if (!found)
				found = json_null();
		}
	free(name);
	return found;
}

/* Keeps those that are wanted. */
static void
leave_out(struct columns *c, const struct batch_spec *s)
{
	const json_t *remapping = batch_member(s->json, "columnNamesRemapping");
	size_t		kept = 0;

	for (size_t i = 0; i < c->n; i++)
	{
		const json_t *name = new_name(remapping, &c->list[i]);

		if (!is_wanted(s, &c->list[i]) || (name && !json_is_string(name)))
		{
			buffer_free(&c->list[i].name);
			continue;
		}
		if (name)
		{
			c->list[i].name.len = 0;
			buffer_text(&c->list[i].name, json_string_value(name));
		}
		c->list[kept++] = c->list[i];
	}
	c->n = kept;
}

char *
batch_columns_choose(struct columns *c, const struct batch_spec *spec, const struct wanted *wanted,
					 const struct fault *f)
{
	struct explanations shape;
	struct result like = {.deployment = spec->deployment,
						  .params = &spec->params,
						  .wanted = wanted,
						  .operation = OPERATION_PREDICT,
						  .wrong_header = f && f->kind == FAULT_WRONG_HEADER ? "UNKNOWN" : NULL,
						  .backwards = f && f->kind == FAULT_REVERSED_COLUMNS};
	const char *name;
	struct buffer why = {0};

	if (explanations_shape(&shape, &like))
		like.explanations = &shape;
	columns_choose_predictions(c, &like);
	if (spec->with_status)
		columns_add(c, write_ok, 0, 0, "prediction_status");
	columns_choose_rest(c, &like);
	name = columns_collision(c);
	if (name)
	{
		buffer_print(&why, "the passthrough column '%s' is called like a column of the output",
					 name);
		buffer_byte(&why, '\0');
		return why.data;
	}
	leave_out(c, spec);
	return NULL;
}

void
batch_columns_header(const struct columns *c, struct buffer *out)
{
	for (size_t i = 0; i < c->n; i++)
	{
		if (i)
			buffer_byte(out, ',');
		csv_write_field(out, c->list[i].name.data, c->list[i].name.len);
	}
	buffer_byte(out, '\n');
}
