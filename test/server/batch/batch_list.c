#include "batch/batch_list.h"

#include <jansson.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/pages.h"
#include "base/service_clock.h"
#include "base/timestamps.h"
#include "batch/batch_job.h"
#include "batch/batch_queue.h"
#include "batch/batch_report.h"
#include "http/http_request.h"

static const int64_t SECOND = 1000000;

/* The values of a parameter that can be repeated. */
struct values
{
	const char *name;
	const char *wanted;			/* the value to look for */
	bool		included;
	bool		excluded;		/* as -value */
	bool		any_included;
};

/* What is asked for, as far as it is converted. */
struct filter
{
	struct request *request;
	int64_t		from;			/* microseconds since 1970 */
	int64_t		to;
};

static enum MHD_Result
compare_value(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct values *v = cls;

	(void) kind;
	if (strcmp(name, v->name) != 0 || !value)
		return MHD_YES;
	if (*value == '-')
		v->excluded = v->excluded || strcmp(value + 1, v->wanted) == 0;
	else
	{
		v->any_included = true;
		v->included = v->included || strcmp(value, v->wanted) == 0;
	}
	return MHD_YES;
}

/* Is the value among those asked for? Those with a minus are excluded. */
static bool
is_among(const struct request *r, const char *name, const char *value)
{
	struct values v = {.name = name, .wanted = value ? value : ""};

	MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, compare_value, &v);
	return !v.excluded && (v.included || !v.any_included);
}

static bool
matches(const struct filter *f, const struct batch_job *job)
{
	const struct request *r = f->request;
	const json_t *spec = job->spec.json;
	const char *host = batch_text(batch_member(spec, "predictionInstance"), "hostName");

	return !job->removed && !job->hidden && job->created >= f->from && job->created <= f->to
		&& is_among(r, "status", batch_state_name(job->state))
		&& is_among(r, "source", job->source)
		&& is_among(r, "deploymentId", batch_text(spec, "deploymentId"))
		&& is_among(r, "modelId", batch_text(spec, "modelId"))
		&& is_among(r, "jobId", job->id)
		&& is_among(r, "batchPredictionJobDefinitionId", job->definition)
		&& is_among(r, "hostname", host)
		&& is_among(r, "intakeType", job->spec.intake->name)
		&& is_among(r, "outputType", job->spec.output->name)
		&& is_among(r, "batchJobType", batch_text(spec, "batchJobType"));
}

/* ---- reading */

static bool
read_time(struct request *r, const char *name, int64_t *microseconds)
{
	const char *text = pages_parameter(r, name);
	int64_t		seconds;

	if (!text)
		return true;
	if (!timestamp_parse_iso(text, &seconds))
		return pages_refuse(r, name, "value is not a valid date and time");
	*microseconds = seconds * SECOND;
	return true;
}

/* startDateTime replaces cutoffHours. */
static bool
read_filter(struct request *r, struct filter *f)
{
	const char *hours = pages_parameter(r, "cutoffHours");
	char	   *end;
	long		number;

	*f = (struct filter) {r, INT64_MIN, INT64_MAX};
	if (hours)
	{
		number = strtol(hours, &end, 10);
		if (!*hours || *end || number < 1)
			return pages_refuse(r, "cutoffHours", "value can't be converted to int");
		f->from = service_now() - number * 3600 * SECOND;
	}
	return read_time(r, "startDateTime", &f->from) && read_time(r, "endDateTime", &f->to);
}

static enum MHD_Result
check_state(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct request *r = cls;

	(void) kind;
	if (strcmp(name, "status") == 0
		&& !batch_is_word("INITIALIZING RUNNING COMPLETED ABORTED FAILED", value))
		return pages_refuse(r, name, "value doesn't match any variant") ? MHD_YES : MHD_NO;
	return MHD_YES;
}

static bool
check_query(struct request *r)
{
	static const char *const known[] = {
		"offset", "limit", "status", "source", "deploymentId", "modelId", "jobId", "orderBy",
		"allJobs", "cutoffHours", "startDateTime", "endDateTime",
		"batchPredictionJobDefinitionId", "hostname", "intakeType", "outputType", "batchJobType",
		NULL
	};
	const char *order = pages_parameter(r, "orderBy");
	bool		all;

	if (!pages_check_names(r, known) || !pages_read_bool(r, "allJobs", &all))
		return false;
	if (order && !batch_is_word("created -created status -status", order))
		return pages_refuse(r, "orderBy", "value doesn't match any variant");
	MHD_get_connection_values(r->connection, MHD_GET_ARGUMENT_KIND, check_state, r);
	return !r->reply.ready;
}

/* ---- order */

static int
by_state(const void *a, const void *b)
{
	const struct batch_job *x = *(struct batch_job *const *) a;
	const struct batch_job *y = *(struct batch_job *const *) b;
	int			order = strcmp(batch_state_name(x->state), batch_state_name(y->state));

	return order ? order : strcmp(x->id, y->id);
}

static int
by_creation(const void *a, const void *b)
{
	const struct batch_job *x = *(struct batch_job *const *) a;
	const struct batch_job *y = *(struct batch_job *const *) b;

	return x->created != y->created ? (x->created < y->created ? -1 : 1) : strcmp(x->id, y->id);
}

/* The newest first, unless another order is asked for. */
static json_t *
in_order(struct request *r, struct batch_job **jobs, size_t n)
{
	const char *order = pages_parameter(r, "orderBy");
	json_t	   *list = json_array();
	bool		down;

	if (!order)
		order = "-created";
	down = *order == '-';
	if (n > 1)
		qsort(jobs, n, sizeof *jobs, strstr(order, "status") ? by_state : by_creation);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, batch_report(jobs[down ? n - 1 - i : i], r));
	return list;
}

void
batch_list_answer(struct request *r)
{
	struct filter f;
	struct buffer found = {0};
	json_t	   *list;

	if (!check_query(r) || !read_filter(r, &f))
		return;
	batch_lock();
	for (struct batch_job *job = batch_queue_first(); job; job = job->next)
		if (matches(&f, job))
			buffer_append(&found, &job, sizeof job);
	list = in_order(r, (struct batch_job **) found.data, found.len / sizeof(struct batch_job *));
	batch_unlock();
	buffer_free(&found);
	pages_answer_long(r, list, false);
}
