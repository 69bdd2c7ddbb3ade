#define _GNU_SOURCE
#include "api/api.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "api/catalogue.h"
#include "api/data_stores.h"
#include "api/datasets.h"
#include "api/pages.h"
#include "api/project_partitions.h"
#include "api/received_actuals.h"
#include "http/auth.h"
#include "http/http_request.h"
#include "http/router.h"
#include "model/registry.h"

static void (*batch_load) (int *running, int *waiting);

void
api_ask_for_load(void (*load) (int *running, int *waiting))
{
	batch_load = load;
}

/* ---- lists */

static void
list_servers(struct request *r)
{
	static const char *const known[] = {"offset", "limit", NULL};
	char	   *origin = pages_origin(r);
	json_t	   *server = catalogue_prediction_server(origin);
	int			running = 0;
	int			waiting = 0;

	if (batch_load)
		batch_load(&running, &waiting);
	json_object_set_new(server, "batchPredictions",
						json_pack("{s:i, s:i}", "processing", running, "queued", waiting));
	if (pages_check_names(r, known))
		pages_answer(r, json_pack("[O]", server), false);
	json_decref(server);
	free(origin);
}

static int
by_label(const void *a, const void *b)
{
	return strcmp((*(const struct deployment *const *) a)->label,
				  (*(const struct deployment *const *) b)->label);
}

/* By label, ascending or descending; without the parameter the order is that of the ids. */
static bool
sort(struct request *r, const struct deployment **list, size_t n)
{
	const char *by = pages_parameter(r, "orderBy");

	if (!by)
		return true;
	if (strcmp(by, "label") != 0 && strcmp(by, "-label") != 0)
		return pages_refuse(r, "orderBy", "value doesn't match any variant");
	qsort(list, n, sizeof *list, by_label);
	for (size_t i = 0; *by == '-' && i < n / 2; i++)
	{
		const struct deployment *held = list[i];

		list[i] = list[n - 1 - i];
		list[n - 1 - i] = held;
	}
	return true;
}

static void
list_deployments(struct request *r)
{
	static const char *const known[] = {"offset", "limit", "orderBy", "search", NULL};
	const struct deployment **list = must_alloc(registry_count() * sizeof *list);
	char	   *origin = pages_origin(r);
	const char *search;
	size_t		n = 0;

	if (pages_check_names(r, known))
	{
		json_t	   *all = json_array();

		search = pages_parameter(r, "search");
		for (size_t i = 0; i < registry_count(); i++)
			if (!search || strcasestr(registry_at(i)->label, search))
				list[n++] = registry_at(i);
		if (sort(r, list, n))
		{
			for (size_t i = 0; i < n; i++)
				json_array_append_new(all, catalogue_deployment(list[i], origin));
			pages_answer(r, all, true);
		}
		else
			json_decref(all);
	}
	free(list);
	free(origin);
}

static json_t *
with_name(json_t *features, const char *search)
{
	json_t	   *found = json_array();
	size_t		i;
	json_t	   *feature;

	json_array_foreach(features, i, feature)
		if (!search || strcasestr(json_string_value(json_object_get(feature, "name")), search))
			json_array_append(found, feature);
	json_decref(features);
	return found;
}

static void
list_features(struct request *r, const struct deployment *d)
{
	static const char *const known[] = {"offset", "limit", "orderBy", "search",
										"includeNonPredictionFeatures", NULL};
	bool		all = false;

	if (!catalogue_has_features(d))
		reply_error(&r->reply, 422, "features are not available for this deployment");
	else if (pages_check_names(r, known)
			 && pages_read_bool(r, "includeNonPredictionFeatures", &all))
		pages_answer(r, with_name(catalogue_features(d, all), pages_parameter(r, "search")), true);
}

/* ---- one deployment */

static void
answer_deployment(struct request *r, const struct deployment *d, const char *rest)
{
	char	   *origin;

	if (router_path_is(rest, "/actuals/fromJSON"))
	{
		if (router_is_method(r, "POST"))
			actuals_take(r, d);
		return;
	}
	if (!router_path_is(rest, "") && !router_path_is(rest, "/features")
		&& !router_path_is(rest, "/settings"))
	{
		router_not_found(r);
		return;
	}
	if (!router_is_method(r, "GET"))
		return;
	if (router_path_is(rest, "/features"))
		list_features(r, d);
	else if (router_path_is(rest, "/settings"))
		reply_json_value(&r->reply, 200, catalogue_settings(d));
	else
	{
		origin = pages_origin(r);
		reply_json_value(&r->reply, 200, catalogue_deployment(d, origin));
		free(origin);
	}
}

static void
find_deployment(struct request *r, const char *path)
{
	size_t		len = strcspn(path, "/?");
	const struct deployment *d = registry_find(path, len);

	if (d)
		answer_deployment(r, d, path + len);
	else
		reply_error(&r->reply, 404, "Not Found");
}

static void
answer_get(struct request *r, void (*answer) (struct request *r))
{
	if (router_is_method(r, "GET"))
		answer(r);
}

static void
report_version(struct request *r)
{
	reply_json_value(&r->reply, 200, json_pack("{s:i, s:i, s:s}", "major", 2, "minor", 33,
											   "versionString", "2.33.0"));
}

void
api_answer(struct request *r)
{
	static const char deployments[] = "deployments/";
	static const char status[] = "status/";
	const char *path = r->rest;

	if (!auth_check(r))
		return;
	if (router_path_is(path, "version"))
		answer_get(r, report_version);
	else if (router_path_is(path, "predictionServers"))
		answer_get(r, list_servers);
	else if (router_path_is(path, "deployments"))
		answer_get(r, list_deployments);
	else if (strncmp(path, deployments, sizeof deployments - 1) == 0)
		find_deployment(r, path + sizeof deployments - 1);
	else if (data_stores_answer(r, path) || project_partitions_answer(r, path)
			 || datasets_answer(r, path))
		return;
	else if (strncmp(path, status, sizeof status - 1) == 0)
		answer_get(r, actuals_status);
	else
		router_not_found(r);
}
