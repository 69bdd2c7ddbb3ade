/*
 * task.c
 *		Asks whether a task of the public API is done until it is, with growing
 *		pauses.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "api/jsonpath.h"
#include "api/task.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/servermessage.h"
#include "base/url.h"

#define MAX_PAUSE_MS 5000.0		/* the pause of the official client */

char *
drs_api_task(const ApiAnswer *answer)
{
	const char *location = answer->exchange->location;

	/* one that fills the buffer may have been cut */
	return strlen(location) < MAX_LOCATION - 1 ? drs_url_join(answer->request->url, location) :
		NULL;
}

static bool
begins_with(const char *status, const char *word)
{
	return status && pg_strncasecmp(status, word, strlen(word)) == 0;
}

/*
 * Is the task done?  Then the answer redirects to what it made, *made (palloc'd in
 * made_cxt), or its status says so.  Raises when the task has failed.
 */
static bool
is_done(PublicApi *api, const char *url, char **made, MemoryContext made_cxt)
{
	ApiAnswer	answer = drs_api_send(api, url, NULL);
	Jsonb	   *task;
	char	   *status;
	char	   *message;

	if (drs_api_has_status(&answer, 303))
	{
		char	   *location = drs_api_task(&answer);

		*made = location ? MemoryContextStrdup(made_cxt, location) : NULL;
		return true;
	}
	if (!drs_api_has_status(&answer, 200))
		drs_api_raise(api, &answer);
	task = drs_api_json(api, &answer);
	status = drs_jsonpath_text(&task->root, "status");
	message = drs_jsonpath_text(&task->root, "message");
	if (begins_with(status, "error") || begins_with(status, "abort") ||
		begins_with(status, "fail"))
		ereport(ERROR,
				(errcode(ERRCODE_SYSTEM_ERROR),
				 errmsg("DataRobot accepted the request, but failed to process it"),
				 errdetail("It says: %s %s", status,
						   message ? drs_one_line(message, strlen(message), 500) : "")));
	return begins_with(status, "completed");
}

char *
drs_api_await(PublicApi *api, const char *url, TimestampTz until)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring task",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	char	   *made = NULL;

	for (int asked = 1; !is_done(api, url, &made, old); asked++)
	{
		if (drs_clock() > until)
			ereport(ERROR,
					(errcode(ERRCODE_CONNECTION_FAILURE),
					 errmsg("DataRobot accepted the request, but did not finish it in time"),
					 errhint("Raise the option \"request_timeout\", or do not wait.")));
		drs_api_pause(api, drs_backoff_ms(asked, MAX_PAUSE_MS, 1));
		MemoryContextReset(cxt);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(cxt);
	return made;
}

char *
drs_api_await_made(PublicApi *api, const ApiAnswer *answer, const char *missing)
{
	const Endpoint *endpoint = drs_api_endpoint(api);
	char	   *task = drs_api_task(answer);
	char	   *made = NULL;

	if (task)
		made = drs_api_await(api, task, drs_clock() +
							 endpoint->options.transfer.request_timeout * INT64CONST(1000));
	if (made == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("%s", missing)));
	return made;
}
