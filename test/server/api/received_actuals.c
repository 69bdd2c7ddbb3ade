#include "api/received_actuals.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/pages.h"
#include "base/monotonic.h"
#include "base/timestamps.h"
#include "base/utf8.h"
#include "http/http_request.h"
#include "model/registry.h"

enum { ROWS_MAX = 10000, ID_MAX = 128, PER_SECOND = 40 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static json_t *taken;			/* deployment id: array of rows */
static json_t *jobs;			/* status id: {"deployment", "polls"} */
static unsigned long jobs_made;
static int64_t recent[PER_SECOND];	/* when the last requests came */
static unsigned recent_at;

/* ---- what may be sent */

/* NULL, or what is wrong with a row. */
static const char *
find_fault(const json_t *row)
{
	const json_t *id = json_object_get(row, "associationId");
	const json_t *value = json_object_get(row, "actualValue");
	const json_t *acted = json_object_get(row, "wasActedOn");
	const json_t *when = json_object_get(row, "timestamp");
	int64_t		seconds;

	if (!json_is_object(row))
		return "value is not dict";
	if (!json_is_string(id) || !*json_string_value(id))
		return "associationId: is required";
	if (utf8_count(json_string_value(id), json_string_length(id)) > ID_MAX)
		return "associationId: String is longer than 128 characters";
	if (!json_is_string(value) && !json_is_number(value))
		return "actualValue: value should be a string or a number";
	if (acted && !json_is_boolean(acted))
		return "wasActedOn: value should be True or False";
	if (when && (!json_is_string(when) || !timestamp_parse_iso(json_string_value(when), &seconds)))
		return "timestamp: value is not a valid datetime";
	return NULL;
}

static bool
check_keys(struct request *r, const json_t *object, const char *const *known, const char *where)
{
	const char *key;
	json_t	   *value;
	char		why[160];

	json_object_foreach((json_t *) object, key, value)
	{
		const char *const *k = known;

		while (*k && strcmp(*k, key) != 0)
			k++;
		snprintf(why, sizeof why, "%.80s is not allowed key", key);
		if (!*k)
			return pages_refuse(r, where ? where : key, why);
	}
	return true;
}

static bool
check_rows(struct request *r, const json_t *rows)
{
	static const char *const known[] = {"associationId", "actualValue", "wasActedOn", "timestamp",
										NULL};
	size_t		i;
	json_t	   *row;
	char		why[160];

	if (!json_is_array(rows))
		return pages_refuse(r, "data", rows ? "value is not a list" : "is required");
	if (json_array_size(rows) == 0)
		return pages_refuse(r, "data", "list length is less than 1");
	if (json_array_size(rows) > ROWS_MAX)
		return pages_refuse(r, "data", "list length is greater than 10000");
	json_array_foreach(rows, i, row)
	{
		const char *wrong = find_fault(row);

		snprintf(why, sizeof why, "row %zu: %s", i, wrong ? wrong : "");
		if (wrong)
			return pages_refuse(r, "data", why);
		if (!check_keys(r, row, known, "data"))
			return false;
	}
	return true;
}

static bool
check_body(struct request *r, const json_t *body)
{
	static const char *const known[] = {"data", "keepActualsWithoutPredictions", NULL};
	const json_t *keep = json_object_get(body, "keepActualsWithoutPredictions");

	if (!json_is_object(body))
	{
		reply_error(&r->reply, 400, "the body is no JSON object");
		return false;
	}
	if (keep && !json_is_boolean(keep))
		return pages_refuse(r, "keepActualsWithoutPredictions", "value should be True or False");
	return check_keys(r, body, known, NULL) && check_rows(r, json_object_get(body, "data"));
}

/* More than PER_SECOND requests within a second? */
static bool
is_too_fast(void)
{
	int64_t		now = monotonic_now();
	bool		fast;

	pthread_mutex_lock(&lock);
	fast = recent[recent_at] != 0 && now - recent[recent_at] < 1000000;
	if (!fast)
	{
		recent[recent_at] = now;
		recent_at = (recent_at + 1) % PER_SECOND;
	}
	pthread_mutex_unlock(&lock);
	return fast;
}

/* ---- keeping them */

static void
keep(const struct deployment *d, json_t *rows, char *job, size_t size)
{
	pthread_mutex_lock(&lock);
	if (!taken)
		taken = json_object();
	if (!jobs)
		jobs = json_object();
	if (!json_object_get(taken, d->id))
		json_object_set_new(taken, d->id, json_array());
	json_array_extend(json_object_get(taken, d->id), rows);
	snprintf(job, size, "5a0000000000000%09lx", ++jobs_made);
	json_object_set_new(jobs, job, json_pack("{s:s, s:i}", "deployment", d->id, "polls", 0));
	pthread_mutex_unlock(&lock);
}

void
actuals_take(struct request *r, const struct deployment *d)
{
	json_t	   *body;
	char	   *origin;
	char		job[32];

	if (is_too_fast())
	{
		reply_error(&r->reply, 429, "Too many requests");
		reply_header(&r->reply, "Retry-After", "1");
		return;
	}
	if (!d->association_id)
	{
		reply_error(&r->reply, 422, "the deployment has no association ID");
		return;
	}
	body = json_loadb(r->body.data ? r->body.data : "", r->body.len, 0, NULL);
	if (check_body(r, body))
	{
		keep(d, json_object_get(body, "data"), job, sizeof job);
		origin = pages_origin(r);
		reply_set(&r->reply, 202, "application/json", "{}");
		reply_header(&r->reply, "Location", "%s/api/v2/status/%s/", origin, job);
		free(origin);
	}
	json_decref(body);
}

/*
 * The number of earlier polls, or -1 if there is no such job. A job is running at its first poll.
 */
static int
poll_job(const char *id, size_t len, char *deployment, size_t size)
{
	char		name[32];
	json_t	   *job;
	int			polls = -1;

	snprintf(name, sizeof name, "%.*s", len < sizeof name ? (int) len : 0, id);
	pthread_mutex_lock(&lock);
	job = json_object_get(jobs, name);
	if (job)
	{
		polls = (int) json_integer_value(json_object_get(job, "polls"));
		json_object_set_new(job, "polls", json_integer(polls + 1));
		snprintf(deployment, size, "%s", json_string_value(json_object_get(job, "deployment")));
	}
	pthread_mutex_unlock(&lock);
	return polls;
}

void
actuals_status(struct request *r)
{
	const char *id = strchr(r->rest, '/') + 1;
	size_t		len = strcspn(id, "/?");
	char		deployment[64];
	int			polls = poll_job(id, len, deployment, sizeof deployment);
	char	   *origin;

	if (polls < 0)
	{
		reply_error(&r->reply, 404, "Not Found");
		return;
	}
	reply_set(&r->reply, polls ? 303 : 200, "application/json", "");
	buffer_print(&r->reply.body, "{\"statusId\": \"%.*s\", \"status\": \"%s\", \"message\": \"\", "
				 "\"description\": \"\", \"statusType\": \"\", \"code\": 0}",
				 (int) len, id, polls ? "COMPLETED" : "RUNNING");
	if (polls == 0)
		return;
	origin = pages_origin(r);
	reply_header(&r->reply, "Location", "%s/api/v2/deployments/%s/", origin, deployment);
	free(origin);
}

json_t *
actuals_read(void)
{
	json_t	   *copy;

	pthread_mutex_lock(&lock);
	copy = taken ? json_deep_copy(taken) : json_object();
	pthread_mutex_unlock(&lock);
	return copy;
}

void
actuals_reset(void)
{
	pthread_mutex_lock(&lock);
	json_decref(taken);
	json_decref(jobs);
	taken = jobs = NULL;
	memset(recent, 0, sizeof recent);
	pthread_mutex_unlock(&lock);
}
