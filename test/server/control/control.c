#include "control/control.h"

#include <stdlib.h>
#include <string.h>

#include "api/data_stores.h"
#include "api/datasets.h"
#include "api/project_partitions.h"
#include "api/received_actuals.h"
#include "batch/batch_clerk.h"
#include "batch/batch_control.h"
#include "control/counters.h"
#include "control/journal.h"
#include "faults/park.h"
#include "http/http_request.h"
#include "realtime/portable.h"

static void
answer_json(struct request *r, json_t *json)
{
	char	   *text = json_dumps(json, JSON_COMPACT);

	reply_set(&r->reply, 200, "application/json", text);
	buffer_byte(&r->reply.body, '\n');
	free(text);
	json_decref(json);
}

static void
queue_fault(struct request *r)
{
	json_error_t error;
	json_t	   *json = json_loadb(r->body.data ? r->body.data : "", r->body.len, 0, &error);
	char	   *why;

	if (!json)
	{
		reply_error(&r->reply, 400, "malformed JSON: %s", error.text);
		return;
	}
	why = fault_queue(json);
	if (why)
		reply_error(&r->reply, 400, "%s", why);
	else
		answer_json(r, json_pack("{s:o}", "faults", fault_list()));
	free(why);
	json_decref(json);
}

static bool
is(const struct request *r, const char *method, const char *path)
{
	size_t		len = strlen(path);

	return strcmp(r->method, method) == 0 && strncmp(r->target, path, len) == 0
		&& (r->target[len] == '\0' || r->target[len] == '?');
}

static void
answer_counters(struct request *r)
{
	json_t	   *counters = counters_read();

	json_object_set_new(counters, "batch", batch_control_counters());
	answer_json(r, counters);
}

void
control_answer(struct request *r)
{
	static const char batch[] = "/standin/batch";

	if (is(r, "GET", "/standin/counters"))
		answer_counters(r);
	else if (is(r, "GET", "/standin/requests"))
		answer_json(r, json_pack("{s:o}", "requests", journal_read()));
	else if (is(r, "GET", "/standin/actuals"))
		answer_json(r, actuals_read());
	else if (is(r, "GET", "/standin/faults"))
		answer_json(r, json_pack("{s:o}", "faults", fault_list()));
	else if (is(r, "POST", "/standin/faults"))
		queue_fault(r);
	else if (is(r, "POST", "/standin/projects"))
		project_partitions_control(r);
	else if (is(r, "POST", "/standin/reset"))
	{
		fault_forget_all();
		park_release();
		counters_reset();
		actuals_reset();
		data_stores_reset();
		datasets_reset();
		project_partitions_reset();
		journal_reset();
		portable_reset();
		batch_reset();
		answer_json(r, json_object());
	}
	else if (strncmp(r->target, batch, sizeof batch - 1) != 0
			 || !batch_control_answer(r, r->target + sizeof batch - 1))
		reply_error(&r->reply, 404, "no such control route");
}
