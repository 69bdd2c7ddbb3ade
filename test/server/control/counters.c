#include "control/counters.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "model/registry.h"

enum { STATUS_MAX = 1000 };

struct tally
{
	uint64_t	requests;
	uint64_t	rows;
	uint64_t	bytes;
	uint64_t	in_flight;
	uint64_t	max_in_flight;
	uint32_t	statuses[STATUS_MAX];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct tally *tallies;
static uint64_t connections;
static uint64_t other;
static uint64_t in_flight;		/* of all deployments together */
static uint64_t max_in_flight;

void
counters_start(void)
{
	size_t		size = registry_count() * sizeof *tallies;

	tallies = must_alloc(size);
	memset(tallies, 0, size);
}

void
counters_stop(void)
{
	free(tallies);
	tallies = NULL;
}

void
counters_connection(void)
{
	pthread_mutex_lock(&lock);
	connections++;
	pthread_mutex_unlock(&lock);
}

void
counters_no_client(void)
{
	pthread_mutex_lock(&lock);
	if (connections > 0)
		connections--;
	pthread_mutex_unlock(&lock);
}

void
counters_other(void)
{
	pthread_mutex_lock(&lock);
	other++;
	pthread_mutex_unlock(&lock);
}

void
counters_enter(const struct deployment *d)
{
	struct tally *t = &tallies[d->number];

	pthread_mutex_lock(&lock);
	t->requests++;
	if (++t->in_flight > t->max_in_flight)
		t->max_in_flight = t->in_flight;
	if (++in_flight > max_in_flight)
		max_in_flight = in_flight;
	pthread_mutex_unlock(&lock);
}

void
counters_leave(const struct deployment *d)
{
	pthread_mutex_lock(&lock);
	tallies[d->number].in_flight--;
	in_flight--;
	pthread_mutex_unlock(&lock);
}

void
counters_answer(const struct deployment *d, int status, uint64_t rows, uint64_t bytes)
{
	struct tally *t = &tallies[d->number];

	pthread_mutex_lock(&lock);
	t->rows += rows;
	t->bytes += bytes;
	t->statuses[status]++;
	pthread_mutex_unlock(&lock);
}

/* Requests in progress remain counted as in flight. */
void
counters_reset(void)
{
	pthread_mutex_lock(&lock);
	connections = other = 0;
	max_in_flight = in_flight;
	for (size_t i = 0; i < registry_count(); i++)
	{
		uint64_t	left = tallies[i].in_flight;

		memset(&tallies[i], 0, sizeof tallies[i]);
		tallies[i].in_flight = tallies[i].max_in_flight = left;
	}
	pthread_mutex_unlock(&lock);
}

static json_t *
read_tally(const struct tally *t)
{
	json_t	   *statuses = json_object();
	char		name[16];

	for (int i = 0; i < STATUS_MAX; i++)
		if (t->statuses[i] > 0)
		{
			snprintf(name, sizeof name, "%d", i);
			json_object_set_new(statuses, name, json_integer(t->statuses[i]));
		}
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}", "requests", (json_int_t) t->requests,
					 "rows", (json_int_t) t->rows, "bytes", (json_int_t) t->bytes,
					 "in_flight", (json_int_t) t->in_flight,
					 "max_in_flight", (json_int_t) t->max_in_flight, "statuses", statuses);
}

json_t *
counters_read(void)
{
	json_t	   *all = json_object();
	json_t	   *result;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < registry_count(); i++)
		json_object_set_new(all, registry_at(i)->id, read_tally(&tallies[i]));
	result = json_pack("{s:I, s:I, s:I, s:o, s:{s:I}}", "connections", (json_int_t) connections,
					   "in_flight", (json_int_t) in_flight, "max_in_flight",
					   (json_int_t) max_in_flight, "deployments", all, "other", "requests",
					   (json_int_t) other);
	pthread_mutex_unlock(&lock);
	return result;
}
