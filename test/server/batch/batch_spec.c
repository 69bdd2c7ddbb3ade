#include "batch/batch_spec.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/numbers.h"
#include "base/timestamps.h"
#include "batch/batch_rules.h"
#include "input/charset.h"
#include "model/registry.h"

enum { MEGABYTE = 1024 * 1024 };

static const char server_id[] = "default prediction server";

/* ---- defaults */

static void
set_default(json_t *object, const char *name, json_t *value)
{
	if (batch_member(object, name))
		json_decref(value);
	else
		json_object_set_new(object, name, value);
}

static void
set_defaults(json_t *json)
{
	json_t	   *csv;

	set_default(json, "intakeSettings", json_pack("{s:s}", "type", "localFile"));
	set_default(json, "outputSettings", json_pack("{s:s}", "type", "localFile"));
	set_default(json, "csvSettings", json_object());
	set_default(json, "numConcurrent", json_integer(4));
	set_default(json, "chunkSize", json_string("auto"));
	set_default(json, "maxExplanations", json_integer(0));
	set_default(json, "passthroughColumns", json_array());
	set_default(json, "includeProbabilities", json_true());
	set_default(json, "includeProbabilitiesClasses", json_array());
	set_default(json, "includePredictionStatus", json_false());
	set_default(json, "skipDriftTracking", json_false());
	set_default(json, "abortOnError", json_true());
	set_default(json, "disableRowLevelErrorHandling", json_false());
	set_default(json, "columnNamesRemapping", json_object());
	set_default(json, "batchJobType", json_string("prediction"));
	csv = json_object_get(json, "csvSettings");
	set_default(csv, "delimiter", json_string(","));
	set_default(csv, "quotechar", json_string("\""));
	set_default(csv, "encoding", json_string("utf-8"));
}

/* ---- what is scored */

const struct deployment *
batch_spec_deployment(const json_t *json)
{
	const char *id = batch_text(json, "deploymentId");
	const char *model = batch_text(json, "modelId");

	if (id)
		return registry_find(id, strlen(id));
	if (!model)
		model = batch_text(json, "modelPackageId");
	for (size_t i = 0; model && i < registry_count(); i++)
		if (strcmp(registry_at(i)->model_id, model) == 0)
			return registry_at(i);
	return NULL;
}

/* Models of the leaderboard and serverless deployments have workers of their own. */
static void
read_instance(struct batch_spec *s)
{
	const char *host = batch_text(batch_member(s->json, "predictionInstance"), "hostName");
	const char *platform = batch_text(s->deployment->description, "platform");

	if (host)
		snprintf(s->instance, sizeof s->instance, "host %s", host);
	else if (!batch_text(s->json, "deploymentId"))
		snprintf(s->instance, sizeof s->instance, "modeling workers");
	else
		snprintf(s->instance, sizeof s->instance, "%s", platform ? s->deployment->id : server_id);
}

/* ---- the parameters of scoring */

static void
read_passthrough(struct batch_spec *s)
{
	struct parameters *p = &s->params;
	const json_t *list = batch_member(s->json, "passthroughColumns");
	size_t		i;
	const json_t *name;

	p->passthrough_all = batch_member(s->json, "passthroughColumnsSet") != NULL;
	p->passthrough = must_alloc((json_array_size(list) + 1) * sizeof *p->passthrough);
	if (p->passthrough_all)
		return;
	json_array_foreach(list, i, name)
	{
		bool		known = false;

		for (size_t k = 0; k < p->n_passthrough; k++)
			known = known || strcmp(p->passthrough[k], json_string_value(name)) == 0;
		if (!known)
			p->passthrough[p->n_passthrough++] = must_copy(json_string_value(name));
	}
}

static void
read_class_names(struct batch_spec *s)
{
	struct parameters *p = &s->params;
	const json_t *list = batch_member(s->json, "explanationClassNames");
	size_t		i;
	const json_t *name;

	if (json_array_size(list) == 0)
		return;
	p->class_numbers = must_alloc(json_array_size(list) * sizeof *p->class_numbers);
	json_array_foreach(list, i, name)
		for (size_t c = 0; c < s->deployment->n_classes; c++)
			if (strcmp(s->deployment->classes[c], json_string_value(name)) == 0)
				p->class_numbers[p->n_class_numbers++] = (int) c;
}

static bool
read_number(const json_t *json, const char *name, double *value)
{
	const json_t *number = batch_member(json, name);

	*value = json_number_value(number);
	return number != NULL;
}

static void
read_explanations(struct batch_spec *s)
{
	struct parameters *p = &s->params;
	const char *algorithm = batch_text(s->json, "explanationAlgorithm");
	const json_t *ngrams = batch_member(s->json, "maxNgramExplanations");
	const json_t *classes = batch_member(s->json, "explanationNumTopClasses");

	p->max_explanations = (int) json_integer_value(json_object_get(s->json, "maxExplanations"));
	p->max_ngrams = !ngrams ? COUNT_ABSENT : json_is_string(ngrams) ? COUNT_ALL
		: (int) json_integer_value(ngrams);
	p->algorithm = !algorithm ? ALGORITHM_NONE
		: strcmp(algorithm, "shap") == 0 ? ALGORITHM_SHAP : ALGORITHM_XEMP;
	p->top_classes = (int) json_integer_value(classes);
	p->has_high = read_number(s->json, "thresholdHigh", &p->high);
	p->has_low = read_number(s->json, "thresholdLow", &p->low);
	read_class_names(s);
}

/* ---- time series */

/* One number of a duration and the letter after it; false: it is none. */
static bool
read_unit(const char **at, bool in_time, int64_t *seconds)
{
	static const char dates[] = "WD";
	static const char times[] = "HMS";
	static const int64_t sizes[2][3] = {{7 * 86400, 86400, 0}, {3600, 60, 1}};
	const char *units = in_time ? times : dates;
	char	   *end;
	long		number = strtol(*at, &end, 10);
	const char *unit = *end ? strchr(units, *end) : NULL;

	if (end == *at || !isdigit((unsigned char) **at) || !unit)
		return false;
	*seconds += number * sizes[in_time][unit - units];
	*at = end + 1;
	return true;
}

/* An ISO 8601 duration such as P2DT5H3M or -P1D, without months and years. */
static bool
read_duration(const char *text, int64_t *seconds)
{
	int			sign = *text == '-' ? -1 : 1;
	const char *at = text + (*text == '-' || *text == '+');
	bool		in_time = false;

	*seconds = 0;
	if (*at++ != 'P' || !*at)
		return false;
	while (*at)
	{
		if (*at == 'T' && !in_time && at[1])
		{
			in_time = true;
			at++;
		}
		if (!read_unit(&at, in_time, seconds))
			return false;
	}
	*seconds *= sign;
	return true;
}

static bool
read_time(const json_t *settings, const char *name, int64_t *seconds)
{
	const char *text = batch_text(settings, name);

	return text && timestamp_parse_iso(text, seconds);
}

/* In historical mode a range that is not given is that of the data. */
static void
read_time_series(struct batch_spec *s, int64_t now, json_t *errors)
{
	struct parameters *p = &s->params;
	const json_t *settings = batch_member(s->json, "timeseriesSettings");
	const char *type = batch_text(settings, "type");
	const json_t *policy = batch_member(settings, "forecastPointPolicy");
	const char *offset = batch_text(batch_member(policy, "configuration"), "offset");
	int64_t		seconds;

	p->relax = batch_truth(settings, "relaxKnownInAdvanceFeaturesCheck", false);
	p->has_point = read_time(settings, "forecastPoint", &p->point);
	if (offset && !read_duration(offset, &seconds))
		batch_fields_error(errors, "timeseriesSettings.forecastPointPolicy.configuration.",
						   "offset", "value is not a duration");
	else if (offset)
	{
		p->has_point = true;
		p->point = now / 1000000 + seconds;
	}
	if (!type || strcmp(type, "forecast") == 0)
		return;
	p->start = INT64_MIN / 4;
	p->end = INT64_MAX / 4;
	read_time(settings, "predictionsStartDate", &p->start);
	read_time(settings, "predictionsEndDate", &p->end);
	p->has_start = p->has_end = true;
}

/* ---- the rest */

static char
character(const json_t *csv, const char *name)
{
	const char *text = batch_text(csv, name);

	return strcmp(text, "tab") == 0 ? '\t' : *text;
}

static void
read_format(struct batch_spec *s)
{
	const json_t *csv = json_object_get(s->json, "csvSettings");
	const json_t *size = json_object_get(s->json, "chunkSize");
	bool		explains = s->params.max_explanations > 0;

	s->delimiter = character(csv, "delimiter");
	s->quote = character(csv, "quotechar");
	charset_name(batch_text(csv, "encoding"), s->charset, sizeof s->charset);
	s->chunk_bytes = explains ? MEGABYTE : 5 * MEGABYTE;
	s->chunks_grow = !json_is_integer(size)
		&& strcmp(json_string_value(size), "fixed") != 0;
	if (json_is_integer(size))
		s->chunk_bytes = (size_t) json_integer_value(size);
}

static void
read_flags(struct batch_spec *s)
{
	s->from = json_object_get(s->json, "intakeSettings");
	s->to = json_object_get(s->json, "outputSettings");
	s->intake = batch_intake_type(s->from);
	s->output = batch_output_type(s->to);
	s->async = batch_truth(s->from, "async", true);
	s->multipart = batch_truth(s->from, "multipart", false);
	s->with_status = batch_truth(s->json, "includePredictionStatus", false);
	s->with_probabilities = batch_truth(s->json, "includeProbabilities", true);
	s->abort_on_error = batch_truth(s->json, "abortOnError", true);
	s->by_row = !batch_truth(s->json, "disableRowLevelErrorHandling", false);
	s->params.decimals = DECIMALS_ANY;
	s->params.warnings = batch_truth(s->json, "predictionWarningEnabled", false);
	s->params.has_threshold = read_number(s->json, "predictionThreshold", &s->params.threshold);
}

void
batch_spec_read(const json_t *json, const struct batch_field *more,
				const struct batch_times *times, struct batch_spec *s, json_t *errors)
{
	*s = (struct batch_spec) {.json = json_deep_copy(json)};
	batch_forms_check(s->json, more, errors);
	if (json_object_size(errors) > 0)
		return;
	set_defaults(s->json);
	batch_template_expand(s->json, times, errors);
	s->deployment = batch_spec_deployment(s->json);
	read_flags(s);
	read_passthrough(s);
	if (s->deployment)
	{
		read_explanations(s);
		read_time_series(s, times->now, errors);
		read_instance(s);
	}
	read_format(s);
	batch_rules_check(s, errors);
}

void
batch_spec_free(struct batch_spec *s)
{
	params_free(&s->params);
	json_decref(s->json);
	*s = (struct batch_spec) {0};
}

json_t *
batch_spec_shown(const json_t *json, json_t *redacted)
{
	static const char *const secrets[] = {"apiKey", "datarobotKey"};
	json_t	   *shown = json_deep_copy(json);
	json_t	   *instance = json_object_get(shown, "predictionInstance");

	for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
		if (batch_member(instance, secrets[i]))
		{
			json_object_set_new(instance, secrets[i], json_string("[redacted]"));
			json_array_append_new(redacted, json_sprintf("predictionInstance.%s", secrets[i]));
		}
	return shown;
}
