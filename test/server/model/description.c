#include "model/description.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/json_output.h"
#include "model/model_xgboost.h"
#include "model/registry.h"

static const char *const kind_names[DEPLOYMENT_KINDS] = {
	"regression", "binary", "multiclass", "multilabel", "anomaly", "clustering", "textgeneration",
	"unstructured", "external", "synthetic"
};

static const char *const made_names[MADE_KINDS] = {
	"", "last", "mean", "season", "distance", "weekday"
};

/* The place of a name in a list, or -1. */
static int
place(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; name && i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return (int) i;
	return -1;
}

static const char *
text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static double
number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static const char **
strings(const json_t *array, size_t *count)
{
	const char **list;

	*count = json_array_size(array);
	list = must_alloc(*count * sizeof *list);
	for (size_t i = 0; i < *count; i++)
	{
		list[i] = json_string_value(json_array_get(array, i));
		if (!list[i])
			list[i] = "";
	}
	return list;
}

static double *
numbers(const json_t *array, size_t count)
{
	double	   *list = must_alloc(count * sizeof *list);

	for (size_t i = 0; i < count; i++)
		list[i] = json_number_value(json_array_get(array, i));
	return list;
}

static int
add_input(struct deployment *d, const char *name, enum input_role role, bool required)
{
	if (!name)
		return -1;
	d->inputs = must_realloc(d->inputs, (d->n_inputs + 1) * sizeof *d->inputs);
	d->inputs[d->n_inputs] = (struct input) {name, role, required};
	return (int) d->n_inputs++;
}

static bool
read_feature(const json_t *json, struct deployment *d, struct feature *f)
{
	const json_t *terms = json_object_get(json, "terms");
	const json_t *categories = json_object_get(json, "categories");
	const char *made = text(json, "made");
	int			how = made ? place(made_names, MADE_KINDS, made) : MADE_NOT;

	*f = (struct feature) {
		.name = text(json, "name"),
		.kind = terms ? FEATURE_TEXT : categories ? FEATURE_CATEGORY : FEATURE_NUMERIC,
		.made = (enum feature_made) how,
		.known_in_advance = json_is_true(json_object_get(json, "known_in_advance")),
		.column = d->n_columns,
		.importance = number(json, "importance"),
	};
	f->terms = strings(terms ? terms : categories, &f->n_terms);
	f->exemplars = strings(json_object_get(json, "exemplars"), &f->n_exemplars);
	f->width = terms ? f->n_terms : 1;
	f->input = how == MADE_NOT ? add_input(d, f->name, INPUT_FEATURE, true) : -1;
	d->n_columns += f->width;
	return f->name && how >= 0;
}

static bool
read_features(const json_t *array, struct deployment *d)
{
	bool		ok = true;

	d->n_features = json_array_size(array);
	d->features = must_alloc(d->n_features * sizeof *d->features);
	for (size_t i = 0; i < d->n_features; i++)
		ok = read_feature(json_array_get(array, i), d, &d->features[i]) && ok;
	return ok;
}

/* The labels in JSON are the class names, unless the description lists other values. */
static void
read_classes(const json_t *json, struct deployment *d)
{
	const json_t *labels = json_object_get(json, "json_labels");

	d->classes = strings(json_object_get(json, "classes"), &d->n_classes);
	d->json_labels = must_alloc(d->n_classes * sizeof *d->json_labels);
	for (size_t i = 0; i < d->n_classes; i++)
	{
		struct buffer label = {0};

		if (labels)
			d->json_labels[i] = json_dumps(json_array_get(labels, i), JSON_ENCODE_ANY);
		else
		{
			json_write_text(&label, d->classes[i]);
			buffer_byte(&label, '\0');
			d->json_labels[i] = label.data;
		}
	}
}

static int
feature_number(const struct deployment *d, const char *name)
{
	for (size_t i = 0; name && i < d->n_features; i++)
		if (strcmp(d->features[i].name, name) == 0)
			return (int) i;
	return -1;
}

static bool
read_rule(const json_t *json, const struct deployment *d, struct rule *rule)
{
	static const char *const triggers[] = {"uncertain", "outlying", "rare"};
	static const char *const actions[] = {"none", "override", "error"};
	int			trigger = place(triggers, 3, text(json, "trigger"));
	int			action = place(actions, 3, text(json, "action"));

	*rule = (struct rule) {
		.id = text(json, "ruleId"),
		.name = text(json, "ruleName"),
		.trigger = (enum rule_trigger) trigger,
		.action = (enum rule_action) action,
		.feature = feature_number(d, text(json, "feature")),
		.low = number(json, "low"),
		.high = number(json, "high"),
		.override = number(json, "override"),
	};
	rule->values = strings(json_object_get(json, "values"), &rule->n_values);
	return rule->id && rule->name && trigger >= 0 && action >= 0
		&& (rule->feature >= 0) == (trigger != TRIGGER_UNCERTAIN);
}

static bool
read_rules(const json_t *array, struct deployment *d)
{
	bool		ok = true;

	d->n_rules = json_array_size(array);
	d->rules = must_alloc(d->n_rules * sizeof *d->rules);
	for (size_t i = 0; i < d->n_rules; i++)
		ok = read_rule(json_array_get(array, i), d, &d->rules[i]) && ok;
	return ok;
}

static bool
read_time_series(const json_t *json, struct deployment *d)
{
	const json_t *intervals = json_object_get(json, "intervals");
	struct time_series *t;

	if (!json)
		return true;
	d->time = t = must_alloc(sizeof *t);
	*t = (struct time_series) {
		.date_format = text(json, "date_format"),
		.series_column = text(json, "series_column"),
		.step = (int64_t) number(json, "step"),
		.history = (size_t) number(json, "history"),
		.distances = (size_t) number(json, "distances"),
		.regular = !json_is_false(json_object_get(json, "regular")),
		.original_format = json_is_true(json_object_get(json, "original_format")),
		.interval = (int) number(intervals, "size"),
	};
	t->low = numbers(json_object_get(intervals, "low"), t->distances);
	t->high = numbers(json_object_get(intervals, "high"), t->distances);
	add_input(d, text(json, "time_column"), INPUT_TIME, true);
	add_input(d, t->series_column, INPUT_SERIES, true);
	add_input(d, d->target, INPUT_TARGET, true);
	return t->date_format && t->step > 0 && t->distances > 0;
}

static void
read_governance(const json_t *json, struct deployment *d)
{
	static const char *const algorithms[] = {"", "shap", "xemp"};
	const json_t *bounds = json_object_get(json, "outlier");
	const json_t *association = json_object_get(json, "association_id");
	int			algorithm = place(algorithms, 3, text(json, "explanations"));

	d->algorithm = algorithm > 0 ? (enum algorithm) algorithm : ALGORITHM_NONE;
	d->approval = text(json, "approval");
	d->has_bounds = bounds != NULL;
	d->low_bound = number(bounds, "low");
	d->high_bound = number(bounds, "high");
	d->association_id = text(association, "column");
	d->association_required = json_is_true(json_object_get(association, "required"));
	if (d->association_required)
		add_input(d, d->association_id, INPUT_ASSOCIATION, true);
}

static void
read_names(const json_t *json, struct deployment *d)
{
	struct buffer label = {0};

	d->id = text(json, "id");
	d->model_id = text(json, "model_id");
	d->project_id = text(json, "project_id");
	d->import_id = text(json, "import_id");
	d->directory = text(json, "directory");
	d->label = text(json, "label");
	d->target = text(json, "target");
	d->csv_prefix = text(json, "csv_prefix");
	buffer_text(&label, d->target ? d->target : "");
	if (json_object_get(json, "time_series"))
		buffer_text(&label, " (actual)");
	buffer_byte(&label, '\0');
	d->target_label = label.data;
}

bool
description_read(const char *folder, json_t *json, struct deployment *d)
{
	const char *file = text(json, "model_file");
	int			kind = place(kind_names, DEPLOYMENT_KINDS, text(json, "kind"));

	d->description = json;
	d->kind = (enum deployment_kind) kind;
	read_names(json, d);
	d->threshold = number(json, "threshold");
	d->negative_first = json_is_true(json_object_get(json, "negative_first"));
	if (kind < 0 || !d->id || !d->model_id || !d->label || !d->target
		|| !read_features(json_object_get(json, "features"), d)
		|| !read_rules(json_object_get(json, "humility"), d)
		|| !read_time_series(json_object_get(json, "time_series"), d))
		return false;
	read_classes(json, d);
	read_governance(json, d);
	add_input(d, text(json, "exposure"), INPUT_EXPOSURE, true);
	add_input(d, text(json, "prompt"), INPUT_PROMPT, true);
	d->model = file ? model_open(folder, file) : NULL;
	return !file == !d->n_features && !file == !d->model;
}

void
description_free(struct deployment *d)
{
	for (size_t i = 0; i < d->n_features; i++)
	{
		free(d->features[i].terms);
		free(d->features[i].exemplars);
	}
	for (size_t i = 0; i < d->n_rules; i++)
		free(d->rules[i].values);
	for (size_t i = 0; i < d->n_classes; i++)
		free(d->json_labels[i]);
	if (d->time)
	{
		free(d->time->low);
		free(d->time->high);
	}
	free(d->time);
	free(d->features);
	free(d->rules);
	free(d->inputs);
	free(d->classes);
	free(d->json_labels);
	free(d->target_label);
	if (d->model)
		model_close(d->model);
	json_decref(d->description);
}
