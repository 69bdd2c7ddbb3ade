#include "faults/fault.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "model/registry.h"

/* A queued fault: which requests it waits for, and how often it still applies. */
struct entry
{
	struct entry *next;
	struct fault *fault;
	char	   *deployment;		/* NULL: all */
	char	   *route;			/* of the public API; NULL: predictions */
	long		times;			/* left; -1: for ever */
	long		skip;			/* requests to let pass first */
	long		every;
	long		seen;			/* requests considered since the skipped ones */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct entry *queue;

static const char *const names[FAULT_KINDS] = {
	"-", "status", "delay", "drip", "hang", "stall_read", "reset", "close", "reset_mid",
	"wrong_length", "short_length", "truncate", "missing_rows", "extra_rows", "shuffle_rows",
	"html", "html_as_csv", "invalid_utf8", "nul", "redirect", "nan", "infinity", "bad_gzip",
	"empty", "json", "huge", "wrong_header", "close_idle", "text_score", "model_id",
	"reversed_columns", "foreign_next", "stray", "early", "cut", "end_early", "link",
	"foreign_link", "state", "job_abort", "job_fail", "job_stall", "job_slow", "no_slot",
	"row_missing", "row_doubled", "row_unknown", "row_text", "shuffle_chunks", "wrong_counts",
	"bad_row"
};

/* What a fault may be for: requests to the public API, all or some of those of batch, and jobs. */
static const char job_route[] = "job";
static const char *const routes[] = {
	"api", "batch", "batch/create", "batch/list", "batch/get", "batch/patch", "batch/delete",
	"batch/upload", "batch/part", "batch/finalize", "batch/download", "batch/existing",
	"batch/from_definition", "batch/definitions", job_route
};

const char *
fault_name(const struct fault *fault)
{
	return names[fault ? fault->kind : FAULT_NONE];
}

static void
drop_reference(struct fault *f)
{
	if (--f->references > 0)
		return;
	free(f->retry_after);
	free(f->body);
	free(f->content_type);
	free(f->location);
	free(f->text);
	free(f->model_id);
	free(f->value);
	free(f->column);
	free(f);
}

static void
free_entry(struct entry *e)
{
	drop_reference(e->fault);
	free(e->deployment);
	free(e->route);
	free(e);
}

static enum fault_kind
kind_of(const char *name)
{
	for (int i = 1; name && i < FAULT_KINDS; i++)
		if (strcmp(name, names[i]) == 0)
			return (enum fault_kind) i;
	return FAULT_NONE;
}

static char *
complaint(const char *format, const char *detail)
{
	struct buffer text = {0};

	buffer_print(&text, format, detail);
	buffer_byte(&text, '\0');
	return text.data;
}

/* A parameter with an unknown name, so that a misspelt one is refused, not ignored; NULL: none. */
static const char *
unknown_parameter(const json_t *request)
{
	static const char *const known[] = {
		"deployment", "fault", "times", "skip", "every", "status", "retry_after", "body",
		"content_type", "ms", "bytes", "rows", "location", "mb", "text", "model_id", "value",
		"containing", "column", "route", "row"
	};
	const char *key;
	json_t	   *value;

	json_object_foreach((json_t *) request, key, value)
	{
		bool		found = false;

		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			found = found || strcmp(key, known[i]) == 0;
		if (!found)
			return key;
	}
	return NULL;
}

static long
integer(const json_t *request, const char *key, long otherwise)
{
	const json_t *value = json_object_get(request, key);

	return json_is_number(value) ? (long) json_number_value(value) : otherwise;
}

/* A string parameter. Any other JSON value is written out: a body may be given as an object. */
static char *
text(const json_t *request, const char *key)
{
	const json_t *value = json_object_get(request, key);

	if (!value || json_is_null(value))
		return NULL;
	if (json_is_string(value))
		return must_copy(json_string_value(value));
	return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
}

/* Does it depend on the body? */
static bool
waits_for_content(const json_t *request)
{
	return json_object_get(request, "value") || json_object_get(request, "containing");
}

/* NULL: it is for predictions. */
static const char *
route_of(const json_t *request)
{
	return json_string_value(json_object_get(request, "route"));
}

static bool
is_for_jobs(const json_t *request)
{
	const char *route = route_of(request);

	return route && strcmp(route, job_route) == 0;
}

static bool
is_known_route(const char *route)
{
	for (size_t i = 0; route && i < sizeof routes / sizeof *routes; i++)
		if (strcmp(route, routes[i]) == 0)
			return true;
	return false;
}

/* Can this be done to a job? Some can be done to an answer as well. */
static bool
suits_jobs(enum fault_kind kind)
{
	return kind == FAULT_SHUFFLE_ROWS || kind == FAULT_REVERSED_COLUMNS
		|| kind == FAULT_WRONG_HEADER || kind >= FAULT_JOB_ABORT;
}

static long
usual_status(enum fault_kind kind)
{
	return kind == FAULT_REDIRECT ? 302 : kind == FAULT_EARLY ? 413 : 503;
}

/* Of an answer, or of the chunks of a job. */
static long
usual_bytes(enum fault_kind kind)
{
	return kind >= FAULT_JOB_ABORT ? 1024 : 16;
}

static struct fault *
read_fault(const json_t *request, enum fault_kind kind)
{
	struct fault *f = must_alloc(sizeof *f);

	*f = (struct fault) {
		.kind = kind,
		.references = 1,
		.status = integer(request, "status", usual_status(kind)),
		.ms = integer(request, "ms", kind == FAULT_DELAY ? 1000 : 20),
		.bytes = integer(request, "bytes", usual_bytes(kind)),
		.rows = integer(request, "rows", kind == FAULT_TRUNCATE ? -1 : 1),
		.row = integer(request, "row", 0),
		.mb = integer(request, "mb", 64),
		.retry_after = text(request, "retry_after"),
		.body = text(request, "body"),
		.content_type = text(request, "content_type"),
		.location = text(request, "location"),
		.text = text(request, "text"),
		.model_id = text(request, "model_id"),
		.value = text(request, json_object_get(request, "value") ? "value" : "containing"),
		.part = !json_object_get(request, "value"),
		.column = text(request, "column"),
	};
	return f;
}

/* The same for a fault with a route. */
static char *
check_route(const json_t *request, enum fault_kind kind)
{
	if (!is_known_route(route_of(request)))
		return complaint("unknown route: %s", route_of(request) ? route_of(request) : "no text");
	if (is_for_jobs(request) && !suits_jobs(kind))
		return complaint("%s cannot be done to a job", names[kind]);
	if (!is_for_jobs(request) && kind >= FAULT_JOB_ABORT)
		return complaint("%s is for the route job", names[kind]);
	if (kind == FAULT_BAD_ROW && !waits_for_content(request))
		return complaint("%s needs a value", names[kind]);
	if (!is_for_jobs(request)
		&& (json_object_get(request, "deployment") || waits_for_content(request)))
		return complaint("%s", "a fault of the public API takes no deployment and no value");
	return NULL;
}

/*
 * The error message, or NULL. Deployment ids are checked here because a test that waits for a
 * fault that can never come is hard to understand.
 */
static char *
check(const json_t *request)
{
	const char *id = json_string_value(json_object_get(request, "deployment"));
	const char *name = json_string_value(json_object_get(request, "fault"));
	const char *unknown;
	long		status = integer(request, "status", 200);

	if (!json_is_object(request))
		return complaint("%s", "the body must be a JSON object");
	if (kind_of(name) == FAULT_NONE)
		return complaint("unknown fault: %s", name ? name : "none given");
	unknown = unknown_parameter(request);
	if (unknown)
		return complaint("unknown parameter: %s", unknown);
	if (json_object_get(request, "deployment") && (!id || !registry_find(id, strlen(id))))
		return complaint("unknown deployment: %s", id ? id : "not a string");
	if (status < 200 || status > 999)
		return complaint("%s", "status must be between 200 and 999");
	if (integer(request, "every", 1) < 1 || integer(request, "skip", 0) < 0 ||
		integer(request, "bytes", 1) < 1)
		return complaint("%s", "every and bytes must be at least 1, skip at least 0");
	if (json_object_get(request, "route"))
		return check_route(request, kind_of(name));
	if (kind_of(name) >= FAULT_CUT)
		return complaint("%s is for batch: it needs a route", name);
	if (kind_of(name) == FAULT_MODEL_ID && !json_object_get(request, "model_id"))
		return complaint("%s", "model_id needs a model_id");
	if ((kind_of(name) == FAULT_STALL_READ || kind_of(name) == FAULT_EARLY) &&
		waits_for_content(request))
		return complaint("%s never sees the body: it cannot wait for a value", name);
	return NULL;
}

char *
fault_queue(const json_t *request)
{
	const char *id = json_string_value(json_object_get(request, "deployment"));
	const char *name = json_string_value(json_object_get(request, "fault"));
	char	   *why = check(request);
	struct entry *e;
	struct entry **end = &queue;

	if (why)
		return why;
	e = must_alloc(sizeof *e);
	*e = (struct entry) {
		.fault = read_fault(request, kind_of(name)),
		.deployment = id ? must_copy(id) : NULL,
		.route = route_of(request) ? must_copy(route_of(request)) : NULL,
		.times = integer(request, "times", 1),
		.skip = integer(request, "skip", 0),
		.every = integer(request, "every", 1),
	};
	pthread_mutex_lock(&lock);
	while (*end)
		end = &(*end)->next;
	*end = e;
	pthread_mutex_unlock(&lock);
	return NULL;
}

void
fault_forget_all(void)
{
	pthread_mutex_lock(&lock);
	while (queue)
	{
		struct entry *next = queue->next;

		free_entry(queue);
		queue = next;
	}
	pthread_mutex_unlock(&lock);
}

json_t *
fault_list(void)
{
	json_t	   *list = json_array();

	pthread_mutex_lock(&lock);
	for (const struct entry *e = queue; e; e = e->next)
		json_array_append_new(
			list, json_pack("{s:s, s:s?, s:s?, s:I, s:I, s:I, s:s?, s:s?}", "fault",
							fault_name(e->fault), "deployment", e->deployment, "route", e->route,
							"times",
							(json_int_t) e->times, "skip", (json_int_t) e->skip, "every",
							(json_int_t) e->every, "column", e->fault->column, "value",
							e->fault->value));
	pthread_mutex_unlock(&lock);
	return list;
}

/* Counts a request for an entry; true if the entry applies to it. */
static bool
applies(struct entry *e)
{
	if (e->skip > 0)
	{
		e->skip--;
		return false;
	}
	if (++e->seen % e->every != 0)
		return false;
	if (e->times > 0)
		e->times--;
	return true;
}

/* The place for a fault: a delay and a model id combine with one other fault. */
static const struct fault **
place_of(struct fault_choice *choice, const struct fault *f)
{
	if (f->kind == FAULT_DELAY)
		return &choice->delay;
	if (f->kind == FAULT_MODEL_ID)
		return &choice->model;
	return &choice->main;
}

/* What a fault is chosen for. */
struct scope
{
	const char *route;			/* NULL: predictions */
	const char *deployment;		/* NULL: any */
};

/* Is the actual route the wanted one, or one of its kind? */
static bool
covers(const char *wanted, const char *actual)
{
	size_t		len = strlen(wanted);

	if (strcmp(wanted, actual) == 0)
		return true;
	if (strcmp(wanted, "api") == 0)
		return strcmp(actual, job_route) != 0;
	return strncmp(wanted, actual, len) == 0 && actual[len] == '/';
}

static bool
is_for(const struct entry *e, const struct scope *s)
{
	if (e->times == 0 || !e->route != !s->route || (e->route && !covers(e->route, s->route)))
		return false;
	return !e->deployment || (s->deployment && strcasecmp(e->deployment, s->deployment) == 0);
}

static void
drop_used(void)
{
	struct entry **at = &queue;

	while (*at)
	{
		struct entry *e = *at;

		if (e->times != 0)
		{
			at = &e->next;
			continue;
		}
		*at = e->next;
		free_entry(e);
	}
}

static void
take(struct fault_choice *choice, struct entry *e)
{
	const struct fault **place = place_of(choice, e->fault);

	if (*place || !applies(e))
		return;
	*place = e->fault;
	e->fault->references++;
}

/*
 * The queue is read in order. Entries after the chosen ones do not count this request, so faults
 * that were queued one after another apply to one request after another. Faults that wait for a
 * value have their turn when the body is complete.
 */
static struct fault_choice
choose(const struct scope *scope)
{
	struct fault_choice choice = {0};

	pthread_mutex_lock(&lock);
	for (struct entry *e = queue; e; e = e->next)
		if (is_for(e, scope))
		{
			if (e->fault->value && !scope->route)
				choice.by_content = true;
			else
				take(&choice, e);
		}
	drop_used();
	pthread_mutex_unlock(&lock);
	return choice;
}

struct fault_choice
fault_choose(const char *deployment)
{
	return choose(&(struct scope) {NULL, deployment});
}

struct fault_choice
fault_choose_route(const char *route)
{
	return choose(&(struct scope) {route, NULL});
}

struct fault_choice
fault_choose_job(const char *deployment)
{
	return choose(&(struct scope) {job_route, deployment});
}

void
fault_choose_by_content(struct fault_choice *choice, const char *deployment, fault_look look,
						void *data)
{
	struct scope scope = {NULL, deployment};

	pthread_mutex_lock(&lock);
	for (struct entry *e = queue; e; e = e->next)
		if (e->fault->value && is_for(e, &scope) && !*place_of(choice, e->fault)
			&& look(data, e->fault))
			take(choice, e);
	drop_used();
	pthread_mutex_unlock(&lock);
	choice->by_content = false;
}

void
fault_release(struct fault_choice *choice)
{
	const struct fault *chosen[] = {choice->main, choice->delay, choice->model};

	if (!choice->main && !choice->delay && !choice->model)
		return;
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < sizeof chosen / sizeof *chosen; i++)
		if (chosen[i])
			drop_reference((struct fault *) chosen[i]);
	pthread_mutex_unlock(&lock);
	*choice = (struct fault_choice) {0};
}
