#include "model/registry.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "model/description.h"

static struct deployment *deployed;
static size_t n_deployed;

/* Skips XGBoost's model files, which are in the same folder: a description has an "id". */
static bool
read_file(const char *folder, const char *name)
{
	char		path[4096];
	json_error_t error;
	json_t	   *json;
	struct deployment d = {.number = (int) n_deployed};

	snprintf(path, sizeof path, "%s/%s", folder, name);
	json = json_load_file(path, 0, &error);
	if (!json)
	{
		fprintf(stderr, "standin: %s: %s\n", path, error.text);
		return false;
	}
	if (!json_object_get(json, "id"))
	{
		json_decref(json);
		return true;
	}
	if (!description_read(folder, json, &d))
	{
		fprintf(stderr, "standin: %s: not a usable deployment description\n", path);
		return false;
	}
	deployed = must_realloc(deployed, (n_deployed + 1) * sizeof *deployed);
	deployed[n_deployed++] = d;
	return true;
}

bool
registry_load(const char *folder)
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

void
registry_free(void)
{
	for (size_t i = 0; i < n_deployed; i++)
		description_free(&deployed[i]);
	free(deployed);
	deployed = NULL;
	n_deployed = 0;
}

size_t
registry_count(void)
{
	return n_deployed;
}

struct deployment *
registry_at(size_t i)
{
	return &deployed[i];
}

/* Ids are hexadecimal numbers, in upper or lower case. */
static bool
is_id(const char *id, const char *given, size_t len)
{
	return id && strlen(id) == len && strncasecmp(id, given, len) == 0;
}

struct deployment *
registry_find(const char *id, size_t len)
{
	for (size_t i = 0; i < n_deployed; i++)
		if (is_id(deployed[i].id, id, len))
			return &deployed[i];
	return NULL;
}

struct deployment *
registry_find_model(const char *project, size_t project_len, const char *model, size_t model_len)
{
	for (size_t i = 0; i < n_deployed; i++)
		if (is_id(deployed[i].project_id, project, project_len)
			&& is_id(deployed[i].model_id, model, model_len))
			return &deployed[i];
	return NULL;
}

struct deployment *
registry_find_import(const char *id, size_t len)
{
	for (size_t i = 0; i < n_deployed; i++)
		if (is_id(deployed[i].import_id, id, len))
			return &deployed[i];
	return NULL;
}

struct deployment *
registry_find_directory(const char *name, size_t len)
{
	for (size_t i = 0; i < n_deployed; i++)
	{
		const char *own = deployed[i].directory;

		if (own && strlen(own) == len && memcmp(own, name, len) == 0)
			return &deployed[i];
	}
	return NULL;
}

int
deployment_input(const struct deployment *d, enum input_role role)
{
	for (size_t i = 0; i < d->n_inputs; i++)
		if (d->inputs[i].role == role)
			return (int) i;
	return -1;
}

/* SHAP needs a single output, XEMP needs exemplars. */
bool
deployment_explains(const struct deployment *d, enum algorithm algorithm)
{
	if (d->algorithm == ALGORITHM_NONE || algorithm == ALGORITHM_NONE)
		return false;
	if (algorithm == ALGORITHM_SHAP)
		return d->kind != DEPLOYMENT_MULTICLASS;
	for (size_t i = 0; i < d->n_features; i++)
		if (d->features[i].n_exemplars == 0)
			return false;
	return true;
}
