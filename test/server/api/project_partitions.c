#include "api/project_partitions.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/date_layout.h"
#include "api/pages.h"
#include "base/timestamps.h"
#include "http/http_request.h"
#include "http/router.h"
#include "model/registry.h"

enum { ID_SIZE = 25, DEFAULT_DAYS = 366 };

#define TASK_PREFIX "9b9b9b9b"
#define PREVIEW_PREFIX "8b8b8b8b"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* id of a project: {"partition", "spec": of dates, "times"} */
static json_t *projects;
static json_t *tasks;			/* id: {"location", "asked": how often} */
static json_t *previews;		/* id: the answer */
static unsigned made;

/* ---- what is kept */

static void
keep(json_t **all, const char *id, json_t *value)
{
	if (!*all)
		*all = json_object();
	json_object_set_new(*all, id, value);
}

static json_t *
project_at(const char *id)
{
	if (!json_object_get(projects, id))
		keep(&projects, id, json_object());
	return json_object_get(projects, id);
}

static bool
is_project(const char *id)
{
	for (size_t i = 0; i < registry_count(); i++)
		if (strcmp(registry_at(i)->project_id, id) == 0)
			return true;
	return false;
}

static int
compare_times(const void *a, const void *b)
{
	int64_t		x = *(const int64_t *) a;
	int64_t		y = *(const int64_t *) b;

	return (x > y) - (x < y);
}

/* The times of a project's rows, sorted; by default one for each day of 2020. To be freed. */
static int64_t *
times_of(const char *id, size_t *n)
{
	const json_t *given = json_object_get(project_at(id), "times");
	int64_t    *times;
	size_t		i;
	const json_t *time;

	*n = given ? json_array_size(given) : DEFAULT_DAYS;
	times = calloc(*n + 1, sizeof *times);
	for (i = 0; !given && i < *n; i++)
		times[i] = (INT64_C(1577836800) + (int64_t) i * 86400) * 1000000;
	json_array_foreach(given, i, time)
		date_layout_read_time(json_string_value(time), &times[i]);
	qsort(times, *n, sizeof *times, compare_times);
	return times;
}

/* ---- checks */

/* NULL: an error is in the reply. */
static json_t *
read_body(struct request *r)
{
	json_t	   *json = json_loadb(r->body.data ? r->body.data : "", r->body.len, 0, NULL);

	if (json_is_object(json))
		return json;
	json_decref(json);
	reply_error(&r->reply, 400, "the body is no JSON object");
	return NULL;
}

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static bool
is_one_of(const char *name, const char *const *names)
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names != NULL;
}

/* Has it no other names than these? */
static bool
check_names(struct request *r, const json_t *body, const char *const *names,
			const char *const *more)
{
	const char *name;
	const json_t *value;

	json_object_foreach((json_t *) body, name, value)
		if (!is_one_of(name, names) && !is_one_of(name, more))
			return pages_refuse(r, name, "is not allowed key");
	return true;
}

static const char *const date_names[] = {"datetimePartitionColumn", "autopilotDataSelectionMethod",
	"autopilotDataSamplingMethod", "validationDuration", "holdoutStartDate", "holdoutDuration",
	"holdoutEndDate", "disableHoldout", "gapDuration", "numberOfBacktests", "backtests",
	"useTimeSeries", "featureDerivationWindowStart", "featureDerivationWindowEnd",
	"forecastWindowStart", "forecastWindowEnd", "windowsBasisUnit", "defaultToKnownInAdvance",
	"defaultToAPriori", "defaultToDoNotDerive", "featureSettings", "periodicities",
	"differencingMethod", "treatAsExponential", "multiseriesIdColumns", "useCrossSeriesFeatures",
	"aggregationType", "crossSeriesGroupByColumns", "calendarId",
	"allowPartialHistoryTimeSeriesPredictions", "modelSplits", "unsupervisedMode",
	"unsupervisedType", "autopilotClusterList", "isHoldoutModified", NULL};
static const char *const other_names[] = {"validationType", "reps", "userPartitionCol",
	"trainingLevel", "validationLevel", "holdoutLevel", "cvHoldoutLevel", "seed", "validationPct",
	"holdoutPct", "partitionKeyCols", NULL};
static const char *const aim_names[] = {"target", "mode", "cvMethod", "metric", NULL};
static const char *const no_names[] = {NULL};
static const char *const target_name[] = {"target", NULL};

/* The rules of a partition by dates (docs/api.md 5.4); the layout has its own. */
static bool
check_dates(struct request *r, const json_t *spec)
{
	bool		disabled = json_is_true(json_object_get(spec, "disableHoldout"));
	bool		start = json_object_get(spec, "holdoutStartDate") != NULL;
	int			ends = (json_object_get(spec, "holdoutDuration") != NULL)
		+ (json_object_get(spec, "holdoutEndDate") != NULL);

	if (!text_of(spec, "datetimePartitionColumn"))
		return pages_refuse(r, "datetimePartitionColumn", "is required");
	if (disabled && (start || ends > 0))
		return pages_refuse(r, "disableHoldout", "excludes the fields of a holdout");
	if (ends != (start ? 1 : 0))
		return pages_refuse(r, "holdoutStartDate", "needs either a duration or an end");
	return true;
}

/* The rules of the others (docs/api.md 5.2). */
static bool
check_others(struct request *r, const json_t *body)
{
	static const char *const methods[] = {"random", "stratified", "group", "user", NULL};
	const char *method = text_of(body, "cvMethod");
	const char *type = text_of(body, "validationType");
	bool		cv = type && strcmp(type, "CV") == 0;
	bool		user = method && strcmp(method, "user") == 0;

	if (!method || !is_one_of(method, methods))
		return pages_refuse(r, "cvMethod",
							"is not one of random, stratified, group, user, datetime");
	if (!cv && (!type || strcmp(type, "TVH") != 0))
		return pages_refuse(r, "validationType", "is not one of CV, TVH");
	if (!user && cv && !json_is_integer(json_object_get(body, "reps")))
		return pages_refuse(r, "reps", "is required");
	if (!user && !cv && !json_is_number(json_object_get(body, "validationPct")))
		return pages_refuse(r, "validationPct", "is required");
	if (strcmp(method, "group") == 0
		&& json_array_size(json_object_get(body, "partitionKeyCols")) != 1)
		return pages_refuse(r, "partitionKeyCols", "must have one name");
	if (user && !text_of(body, "userPartitionCol"))
		return pages_refuse(r, "userPartitionCol", "is required");
	return true;
}

/* ---- previews */

/* NULL: an error is in the reply. */
static json_t *
layout(struct request *r, const char *id, const json_t *spec, bool counts)
{
	const char *field;
	const char *why;
	size_t		n;
	int64_t    *times = times_of(id, &n);
	json_t	   *json = date_layout_make(spec, times, n, counts, &field, &why);

	free(times);
	if (json)
		json_object_set_new(json, "projectId", json_string(id));
	else
		pages_refuse(r, field, why);
	return json;
}

/* Answers with a task that is done when it is asked for the second time. */
static void
accept_task(struct request *r, const char *format, ...)
{
	char	   *origin = pages_origin(r);
	char		path[200];
	char		id[ID_SIZE];
	va_list		args;

	va_start(args, format);
	vsnprintf(path, sizeof path, format, args);
	va_end(args);
	snprintf(id, sizeof id, TASK_PREFIX "%016x", ++made);
	keep(&tasks, id, json_pack("{s:s, s:i}", "location", path, "asked", 0));
	reply_json_value(&r->reply, 202, json_object());
	reply_header(&r->reply, "Location", "%s/api/v2/status/%s/", origin, id);
	free(origin);
}

static void
report_task(struct request *r, const char *path)
{
	char		id[ID_SIZE];
	json_t	   *task;
	json_int_t	asked;
	char	   *origin = pages_origin(r);

	snprintf(id, sizeof id, "%.*s", (int) strcspn(path, "/?"), path);
	task = json_object_get(tasks, id);
	asked = json_integer_value(json_object_get(task, "asked"));
	if (!task)
		reply_error(&r->reply, 404, "Not found");
	else if (asked == 0)
	{
		json_object_set_new(task, "asked", json_integer(1));
		reply_json_value(&r->reply, 200, json_pack("{s:s, s:s}", "statusId", id, "status",
												   "RUNNING"));
	}
	else
	{
		reply_json_value(&r->reply, 303, json_pack("{s:s, s:s}", "statusId", id, "status",
												   "COMPLETED"));
		reply_header(&r->reply, "Location", "%s%s", origin, text_of(task, "location"));
	}
	free(origin);
}

static void
preview(struct request *r, const char *id, bool optimized)
{
	json_t	   *body = read_body(r);
	json_t	   *json = NULL;
	char		made_id[ID_SIZE];

	if (body && optimized && !text_of(body, "target"))
		pages_refuse(r, "target", "is required");
	else if (body && check_names(r, body, date_names, optimized ? target_name : no_names)
			 && check_dates(r, body))
		json = layout(r, id, body, false);
	if (json && optimized)
	{
		snprintf(made_id, sizeof made_id, PREVIEW_PREFIX "%016x", ++made);
		keep(&previews, made_id, json);
		accept_task(r, "/api/v2/projects/%s/optimizedDatetimePartitionings/%s/", id, made_id);
	}
	else if (json)
		reply_json_value(&r->reply, 200, json);
	json_decref(body);
}

static void
report_preview(struct request *r, const char *id)
{
	char		wanted[ID_SIZE];
	json_t	   *json;

	snprintf(wanted, sizeof wanted, "%.*s", (int) strcspn(id, "/?"), id);
	json = json_object_get(previews, wanted);
	if (json)
		reply_json_value(&r->reply, 200, json_deep_copy(json));
	else
		reply_error(&r->reply, 404, "Not found");
}

static void
report_dates(struct request *r, const char *id)
{
	const json_t *spec = json_object_get(project_at(id), "spec");
	json_t	   *json;

	if (!spec)
	{
		reply_error(&r->reply, 404, "the project is not date/time partitioned");
		return;
	}
	json = layout(r, id, spec, true);
	if (json)
		reply_json_value(&r->reply, 200, json);
}

/* ---- the target */

/* What the record shows: all fields, null where there is no value. */
static json_t *
shown(const json_t *body, bool dates)
{
	json_t	   *partition = json_object();

	json_object_set(partition, "cvMethod", json_object_get(body, "cvMethod"));
	for (const char *const *name = other_names; *name; name++)
		json_object_set_new(partition, *name, dates || !json_object_get(body, *name) ? json_null()
							: json_deep_copy(json_object_get(body, *name)));
	json_object_set_new(partition, "datetimeCol", json_null());
	json_object_set_new(partition, "datetimePartitionColumn", dates ?
						json_string(text_of(body, "datetimePartitionColumn")) : json_null());
	json_object_set_new(partition, "useTimeSeries",
						json_boolean(json_is_true(json_object_get(body, "useTimeSeries"))));
	if (dates)
		json_object_set_new(partition, "validationType", json_string("TVH"));
	return partition;
}

static void
take_target(struct request *r, const char *id)
{
	json_t	   *body = read_body(r);
	const char *method = text_of(body, "cvMethod");
	bool		dates = method && strcmp(method, "datetime") == 0;
	json_t	   *json = NULL;

	if (body && check_names(r, body, dates ? date_names : other_names, aim_names)
		&& (dates ? check_dates(r, body) && (json = layout(r, id, body, true)) != NULL
			: check_others(r, body)))
	{
		json_object_set_new(project_at(id), "partition", shown(body, dates));
		if (dates)
			json_object_set(project_at(id), "spec", body);
		else
			json_object_del(project_at(id), "spec");
		accept_task(r, "/api/v2/projects/%s/", id);
	}
	json_decref(json);
	json_decref(body);
}

json_t *
project_partitions_shown(const char *project)
{
	json_t	   *partition;

	pthread_mutex_lock(&lock);
	partition = json_deep_copy(json_object_get(json_object_get(projects, project), "partition"));
	pthread_mutex_unlock(&lock);
	return partition;
}

/* ---- routes */

/* The rest of the path after a project's id, if the project exists. */
static bool
answer_project(struct request *r, const char *path)
{
	static const char by_target[] = "/optimizedDatetimePartitionings";
	char		id[ID_SIZE];
	size_t		len = strcspn(path, "/?");
	const char *rest = path + len;
	bool		dates = router_path_is(rest, "/datetimePartitioning");
	bool		optimized = strncmp(rest, by_target, sizeof by_target - 1) == 0;

	if (!dates && !optimized && !router_path_is(rest, "/aim"))
		return false;
	snprintf(id, sizeof id, "%.*s", (int) len, path);
	if (!is_project(id))
		reply_error(&r->reply, 404, "Not found");
	else if (dates && strcmp(r->method, "GET") == 0)
		report_dates(r, id);
	else if (optimized && strcmp(r->method, "GET") == 0)
		report_preview(r, rest + sizeof by_target);
	else if (dates || optimized)
	{
		if (router_is_method(r, "POST"))
			preview(r, id, optimized);
	}
	else if (router_is_method(r, "PATCH"))
		take_target(r, id);
	return true;
}

bool
project_partitions_answer(struct request *r, const char *path)
{
	static const char status[] = "status/" TASK_PREFIX;
	bool		mine = true;

	pthread_mutex_lock(&lock);
	if (strncmp(path, status, sizeof status - 1) == 0)
		report_task(r, path + strlen("status/"));
	else
		mine = strncmp(path, "projects/", strlen("projects/")) == 0
			&& answer_project(r, path + strlen("projects/"));
	pthread_mutex_unlock(&lock);
	return mine;
}

void
project_partitions_control(struct request *r)
{
	json_t	   *body = read_body(r);
	const char *id = text_of(body, "project");
	json_t	   *times = json_object_get(body, "times");
	bool		good = body && id && json_array_size(times) > 0;
	size_t		i;
	const json_t *time;
	int64_t		read;

	json_array_foreach(times, i, time)
		good = good && json_is_string(time)
			&& date_layout_read_time(json_string_value(time), &read);
	if (good)
	{
		pthread_mutex_lock(&lock);
		json_object_set(project_at(id), "times", times);
		pthread_mutex_unlock(&lock);
		reply_json_value(&r->reply, 200, json_object());
	}
	else if (body)
		reply_error(&r->reply, 400, "it needs a project and times");
	json_decref(body);
}

void
project_partitions_reset(void)
{
	pthread_mutex_lock(&lock);
	json_decref(projects);
	json_decref(tasks);
	json_decref(previews);
	projects = tasks = previews = NULL;
	pthread_mutex_unlock(&lock);
}
