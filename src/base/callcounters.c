/*
 * callcounters.c
 *		Counts what a call sends and receives, and remembers the session's last call.
 *
 * The counters are freed with the call's memory.  Just before that, on success and
 * error alike, they are copied to where the next query can see them.  That must not
 * fail while an error is cleaned up, so the copy has a fixed size and place.
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/callcounters.h"
#include "base/clock.h"

/* An execution time above this is no such time. */
#define MAX_SERVER_MS 1e9

static CallCounters last;

CallCounters *
drs_callcounters_create(void)
{
	return palloc0(sizeof(CallCounters));
}

void
drs_callcounters_publish(CallCounters *counters)
{
	drs_callcounters_wait_ends(counters);
	counters->ended = GetCurrentTimestamp();
	last = *counters;
}

static void
publish_freed(void *arg)
{
	CallCounters *counters = arg;

	if (counters->ended == 0)
		drs_callcounters_publish(counters);
}

void
drs_callcounters_report(CallCounters *counters, const char *call)
{
	MemoryContext cxt = GetMemoryChunkContext(counters);
	MemoryContextCallback *callback = MemoryContextAlloc(cxt, sizeof(MemoryContextCallback));

	strlcpy(counters->call, call, sizeof(counters->call));
	counters->user = GetUserId();
	counters->session_user = GetSessionUserId();
	counters->started = GetCurrentTimestamp();
	callback->func = publish_freed;
	callback->arg = counters;
	MemoryContextRegisterResetCallback(cxt, callback);
}

const CallCounters *
drs_callcounters_last(void)
{
	return last.ended == 0 ? NULL : &last;
}

void
drs_callcounters_deployment(CallCounters *counters, const char *deployment)
{
	strlcpy(counters->deployment, deployment ? deployment : "", sizeof(counters->deployment));
}

void
drs_callcounters_model(CallCounters *counters, const char *model_id)
{
	if (model_id[0] == '\0')
		return;
	for (int i = 0; i < counters->nmodels; i++)
		if (strcmp(counters->models[i], model_id) == 0)
			return;
	if (counters->nmodels < DRS_MAX_MODELS)
		strlcpy(counters->models[counters->nmodels++], model_id, DRS_MAX_MODEL_ID);
}

void
drs_callcounters_server_time(CallCounters *counters, const char *ms)
{
	char	   *end;
	double		value = strtod(ms, &end);

	if (end == ms || *end != '\0' || !(value >= 0 && value <= MAX_SERVER_MS))
		return;
	counters->server_us += llrint(value * 1000);
	counters->has_server_time = true;
}

void
drs_callcounters_wait_begins(CallCounters *counters)
{
	counters->wait_since = drs_clock();
}

void
drs_callcounters_wait_ends(CallCounters *counters)
{
	if (counters->wait_since != 0)
		counters->wait_us += drs_clock() - counters->wait_since;
	counters->wait_since = 0;
}

CallCounters
drs_callcounters_since(const CallCounters *counters, const CallCounters *before)
{
	CallCounters since = *counters;

	since.rows_sent -= before->rows_sent;
	since.predictions -= before->predictions;
	since.requests -= before->requests;
	since.retries -= before->retries;
	since.api_requests -= before->api_requests;
	since.bytes_sent -= before->bytes_sent;
	since.bytes_received -= before->bytes_received;
	since.wait_us -= before->wait_us;
	since.server_us -= before->server_us;
	return since;
}

void
drs_callcounters_add(CallCounters *counters, const CallCounters *part)
{
	counters->rows_sent += part->rows_sent;
	counters->predictions += part->predictions;
	counters->requests += part->requests;
	counters->retries += part->retries;
	counters->api_requests += part->api_requests;
	counters->bytes_sent += part->bytes_sent;
	counters->bytes_received += part->bytes_received;
	counters->wait_us += part->wait_us;
	counters->server_us += part->server_us;
	counters->has_server_time |= part->has_server_time;
	for (int i = 0; i < part->nmodels; i++)
		drs_callcounters_model(counters, part->models[i]);
}
