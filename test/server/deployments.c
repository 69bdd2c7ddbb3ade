#include "deployments.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buffer.h"
#include "model_xgboost.h"

static struct deployment *deployed;
static size_t n_deployed;

static const char *const kind_names[] = {"regression", "binary", "multiclass", "synthetic"};

static bool
read_kind(const json_t *description, enum deployment_kind *kind)
{
	const char *name = json_string_value(json_object_get(description, "kind"));

	for (size_t i = 0; name && i < sizeof kind_names / sizeof *kind_names; i++)
		if (strcmp(name, kind_names[i]) == 0)
		{
			*kind = (enum deployment_kind) i;
			return true;
		}
	return false;
}

static char **
read_strings(const json_t *array, size_t *count)
{
	char	  **strings;

	*count = json_array_size(array);
	strings = must_alloc(*count * sizeof *strings);
	for (size_t i = 0; i < *count; i++)
	{
		const char *s = json_string_value(json_array_get(array, i));

		strings[i] = must_copy(s ? s : "");
	}
	return strings;
}

static void
read_features(const json_t *array, struct deployment *d)
{
	d->n_features = json_array_size(array);
	d->features = must_alloc(d->n_features * sizeof *d->features);
	for (size_t i = 0; i < d->n_features; i++)
	{
		const json_t *f = json_array_get(array, i);
		const char *name = json_string_value(json_object_get(f, "name"));

		d->features[i].name = must_copy(name ? name : "");
		d->features[i].categories = read_strings(json_object_get(f, "categories"),
												 &d->features[i].n_categories);
	}
}

static void
read_classes(const json_t *description, struct deployment *d)
{
	const char *positive = json_string_value(json_object_get(description, "positive_class"));
	const char *negative = json_string_value(json_object_get(description, "negative_class"));

	if (d->kind == DEPLOYMENT_BINARY)
	{
		d->n_classes = 2;
		d->classes = must_alloc(2 * sizeof *d->classes);
		d->classes[0] = must_copy(positive ? positive : "1");
		d->classes[1] = must_copy(negative ? negative : "0");
		return;
	}
	d->classes = read_strings(json_object_get(description, "classes"), &d->n_classes);
}

static bool
read_description(const char *folder, const json_t *json, struct deployment *d)
{
	const char *id = json_string_value(json_object_get(json, "id"));
	const char *target = json_string_value(json_object_get(json, "target"));
	const char *model_id = json_string_value(json_object_get(json, "model_id"));
	const char *file = json_string_value(json_object_get(json, "model_file"));
	const char *style = json_string_value(json_object_get(json, "json_prediction"));

	if (!id || !target || !model_id || !read_kind(json, &d->kind))
		return false;
	d->id = must_copy(id);
	d->target = must_copy(target);
	d->model_id = must_copy(model_id);
	d->threshold = json_number_value(json_object_get(json, "threshold"));
	d->number_for_label = style && strcmp(style, "number") == 0;
	read_features(json_object_get(json, "features"), d);
	read_classes(json, d);
	if (d->kind == DEPLOYMENT_SYNTHETIC)
		return true;
	d->model = file ? model_open(folder, file) : NULL;
	return d->model != NULL;
}

/*
 * A description carries an "id"; XGBoost's own model files lie in the same folder and carry none.
 */
static bool
read_file(const char *folder, const char *name)
{
	char		path[4096];
	json_error_t error;
	json_t	   *json;
	bool		ok = true;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	json = json_load_file(path, 0, &error);
	if (!json)
	{
		fprintf(stderr, "standin: %s: %s\n", path, error.text);
		return false;
	}
	if (json_object_get(json, "id"))
	{
		struct deployment d = {.number = (int) n_deployed};

		ok = read_description(folder, json, &d);
		deployed = must_realloc(deployed, (n_deployed + 1) * sizeof *deployed);
		deployed[n_deployed++] = d;
		if (!ok)
			fprintf(stderr, "standin: %s: not a usable deployment description\n", path);
	}
	json_decref(json);
	return ok;
}

bool
deployments_load(const char *folder)
{
	struct dirent **names;
	int			count = scandir(folder, &names, NULL, alphasort);
	bool		ok = true;

	if (count < 0)
	{
		perror(folder);
		return false;
	}
	for (int i = 0; i < count; i++)
	{
		const char *dot = strrchr(names[i]->d_name, '.');

		if (ok && dot && strcmp(dot, ".json") == 0)
			ok = read_file(folder, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	if (ok && n_deployed == 0)
		fprintf(stderr, "standin: no deployment description in %s\n", folder);
	return ok && n_deployed > 0;
}

static void
free_strings(char **strings, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(strings[i]);
	free(strings);
}

void
deployments_free(void)
{
	for (size_t i = 0; i < n_deployed; i++)
	{
		struct deployment *d = &deployed[i];

		for (size_t f = 0; f < d->n_features; f++)
		{
			free(d->features[f].name);
			free_strings(d->features[f].categories, d->features[f].n_categories);
		}
		free(d->features);
		free_strings(d->classes, d->n_classes);
		free(d->id);
		free(d->model_id);
		free(d->target);
		if (d->model)
			model_close(d->model);
	}
	free(deployed);
	deployed = NULL;
	n_deployed = 0;
}

size_t
deployments_count(void)
{
	return n_deployed;
}

struct deployment *
deployments_at(size_t i)
{
	return &deployed[i];
}

struct deployment *
deployments_find(const char *id, size_t len)
{
	for (size_t i = 0; i < n_deployed; i++)
		if (strlen(deployed[i].id) == len && strncasecmp(deployed[i].id, id, len) == 0)
			return &deployed[i];
	return NULL;
}
