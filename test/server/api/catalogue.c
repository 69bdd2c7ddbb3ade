#include "api/catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/command_line.h"
#include "model/registry.h"

static const char created[] = "2024-02-29T12:00:00.000000Z";
static const char server_id[] = "5d0000000000000000000001";

static const char *
target_type(const struct deployment *d)
{
	static const char *const names[DEPLOYMENT_KINDS] = {
		"Regression", "Binary", "Multiclass", "Multilabel", "Anomaly", "Multiclass",
		"TextGeneration", "Unstructured", "Binary", "Regression"
	};

	return names[d->kind];
}

static const char *
platform(const struct deployment *d)
{
	const char *own = json_string_value(json_object_get(d->description, "platform"));

	return own ? own : "datarobot";
}

json_t *
catalogue_prediction_server(const char *origin)
{
	return json_pack("{s:s, s:s, s:s}", "id", server_id, "url", origin, "datarobot-key",
					 options.no_key ? "" : options.key);
}

static json_t *
model(const struct deployment *d)
{
	bool		clusters = d->kind == DEPLOYMENT_CLUSTERING;
	bool		unsupervised = clusters || d->kind == DEPLOYMENT_ANOMALY;
	const char *how = clusters ? "clustering" : unsupervised ? "anomaly" : NULL;

	return json_pack("{s:s, s:s, s:s, s:s, s:s?, s:s, s:s, s:s, s:b, s:s?, s:b, s:b}",
					 "id", d->model_id, "type", "eXtreme Gradient Boosted Trees", "targetName",
					 d->target, "targetType", target_type(d), "projectId", d->project_id,
					 "projectName", d->label, "buildEnvironmentType", "DataRobot", "deployedAt",
					 created, "unsupervisedMode", unsupervised, "unsupervisedType", how,
					 "unstructuredModelKind", d->kind == DEPLOYMENT_UNSTRUCTURED, "isDeprecated",
					 0);
}

/* Permissions, owners, usage and health: the same for every deployment. */
static void
add_circumstances(json_t *json)
{
	static const char *const health[] = {"serviceHealth", "modelHealth", "accuracyHealth"};

	json_object_set_new(json, "permissions",
						json_pack("[s, s, s]", "CAN_VIEW", "CAN_MAKE_PREDICTIONS",
								  "CAN_SUBMIT_ACTUALS"));
	json_object_set_new(json, "owners", json_pack("{s:i, s:[{s:s, s:s}]}", "count", 1, "preview",
												  "id", "5e0000000000000000000001", "email",
												  options.user));
	json_object_set_new(json, "predictionUsage",
						json_pack("{s:[i, i, i, i, i, i, i], s:n}", "dailyRates", 0, 0, 0, 0, 0, 0,
								  0, "lastTimestamp"));
	for (size_t i = 0; i < sizeof health / sizeof *health; i++)
		json_object_set_new(json, health[i], json_pack("{s:s, s:n, s:n}", "status", "unknown",
													   "startDate", "endDate"));
}

static void
add_capabilities(json_t *json, const struct deployment *d)
{
	bool		explains = d->algorithm != ALGORITHM_NONE;
	bool		structured = d->kind != DEPLOYMENT_UNSTRUCTURED;

	json_object_set_new(
		json, "capabilities",
		json_pack("{s:b, s:b, s:b, s:b, s:b, s:b}", "supportsPredictionExplanations", explains,
				  "supportsFeatureDriftTracking", structured, "supportsHumilityRules",
				  d->kind == DEPLOYMENT_REGRESSION, "supportsHumilityRulesDefaultCalculations", 0,
				  "supportsPredictionWarnings", d->has_bounds, "supportsPredictionIntervals",
				  d->time && d->time->interval));
}

static void
add_place(json_t *json, const struct deployment *d, const char *origin)
{
	bool		dedicated = strcmp(platform(d), "datarobot") == 0;

	json_object_set_new(json, "defaultPredictionServer",
						dedicated ? catalogue_prediction_server(origin) : json_null());
	json_object_set_new(json, "predictionEnvironment",
						json_pack("{s:s, s:s, s:s, s:b}", "id", server_id, "name",
								  dedicated ? origin : platform(d), "platform", platform(d),
								  "isManagedByManagementAgent", 0));
}

json_t *
catalogue_deployment(const struct deployment *d, const char *origin)
{
	const char *approval = d->approval ? d->approval : "APPROVED";
	json_t	   *json =
		json_pack("{s:s, s:s, s:n, s:s, s:s, s:s, s:s, s:n, s:o, s:o, s:{s:s, s:b}, s:{s:s, s:s}}",
				  "id", d->id, "label", d->label, "description", "status", "active", "createdAt",
				  created, "approvalStatus", approval, "importance", "MODERATE", "userProvidedId",
				  "model", model(d), "settings", catalogue_settings(d), "governance",
				  "approvalStatus", approval, "hasOpenedChangeRequests", 0, "modelPackage", "id",
				  d->model_id, "name", d->label);

	add_circumstances(json);
	add_capabilities(json, d);
	add_place(json, d, origin);
	return json;
}

json_t *
catalogue_settings(const struct deployment *d)
{
	int			interval = d->time ? d->time->interval : 0;
	json_t	   *names = json_array();
	json_t	   *percentiles = json_array();

	if (d->association_id)
		json_array_append_new(names, json_string(d->association_id));
	if (interval)
		json_array_append_new(percentiles, json_integer(interval));
	return json_pack("{s:{s:o, s:b}, s:{s:b, s:o}, s:{s:b}, s:{s:b}, s:{s:b}, s:{s:b}}",
					 "associationId", "columnNames", names, "requiredInPredictionRequests",
					 d->association_required, "predictionIntervals", "enabled", interval > 0,
					 "percentiles", percentiles, "humility", "enabled", d->n_rules > 0,
					 "predictionWarning", "enabled", d->has_bounds, "targetDrift", "enabled", 0,
					 "featureDrift", "enabled", 0);
}

/* ---- features */

bool
catalogue_has_features(const struct deployment *d)
{
	return d->n_features > 0;
}

static const char *
feature_type(const struct deployment *d, const struct input *input, const struct feature *f)
{
	static const char *const kinds[] = {"Numeric", "Categorical", "Text"};

	if (f)
		return kinds[f->kind];
	if (input->role == INPUT_TIME)
		return "Date";
	if (input->role == INPUT_SERIES || (input->role == INPUT_TARGET && d->n_classes > 0))
		return "Categorical";
	return input->role == INPUT_ASSOCIATION ? "Text" : "Numeric";
}

static json_t *
feature(const struct deployment *d, size_t number)
{
	const struct input *input = &d->inputs[number];
	const struct feature *f = NULL;
	bool		is_date = input->role == INPUT_TIME;

	for (size_t i = 0; i < d->n_features; i++)
		if (d->features[i].input == (int) number)
			f = &d->features[i];
	return json_pack("{s:s, s:s, s:o, s:s?, s:b}", "name", input->name, "featureType",
					 feature_type(d, input, f), "importance",
					 f ? json_real(f->importance) : json_null(), "dateFormat",
					 is_date ? d->time->date_format : NULL, "knownInAdvance",
					 f && f->known_in_advance);
}

static int
by_importance(const void *a, const void *b)
{
	double		x = json_number_value(json_object_get(*(json_t *const *) a, "importance"));
	double		y = json_number_value(json_object_get(*(json_t *const *) b, "importance"));

	return x > y ? -1 : x < y;
}

json_t *
catalogue_features(const struct deployment *d, bool all)
{
	json_t	   *sorted = json_array();
	json_t	  **list = must_alloc(d->n_inputs * sizeof *list);
	size_t		n = 0;

	for (size_t i = 0; i < d->n_inputs; i++)
		if (all || d->inputs[i].role != INPUT_ASSOCIATION)
			list[n++] = feature(d, i);
	if (n > 1)
		qsort(list, n, sizeof *list, by_importance);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(sorted, list[i]);
	free(list);
	return sorted;
}

json_t *
catalogue_model(const struct deployment *d)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "modelId", d->model_id, "deploymentId", d->id,
					 "targetName", d->target, "targetType", target_type(d), "description",
					 d->label);
}
