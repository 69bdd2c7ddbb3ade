/*
 * unit_poll.c
 *		HTTP exchanges for which somebody else waits, on one descriptor.
 */
#include "postgres.h"

#include <poll.h>

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/clock.h"
#include "http/transport.h"
#include "unit.h"

PG_FUNCTION_INFO_V1(drs_unit_poll);

#define PATIENCE_MS 30000

static int
count_running(Exchange **exchanges, int count)
{
	int			running = 0;

	for (int i = 0; i < count; i++)
		running += exchanges[i]->outcome == OUTCOME_RUNNING;
	return running;
}

/* Signals, such as those of PostgreSQL's timers, end a sleep. */
static void
be_idle(int ms)
{
	TimestampTz end = drs_clock() + ms * INT64CONST(1000);

	while (drs_clock() < end)
		pg_usleep(1000);
}

/*
 * poll(url, count, timeout, latest, idle): that many GETs of the URL at once,
 * with that timeout; poll(2) waits for them, each time for at most latest ms.
 * Once, nobody waits for idle ms instead.  The outcomes, how often poll()
 * returned, and after how many ms all had ended.
 */
Datum
drs_unit_poll(PG_FUNCTION_ARGS)
{
	Transport  *transport = drs_unit_transport();
	int			count = PG_GETARG_INT32(1);
	int64		latest = PG_GETARG_INT32(3) * INT64CONST(1000);
	int			idle = PG_GETARG_INT32(4);
	Exchange  **exchanges = palloc(sizeof(Exchange *) * Max(count, 1));
	TimestampTz start = drs_clock();
	int			wakes = 0;
	StringInfoData result;
	Request		request = {
		.method = "GET",
		.url = text_to_cstring(PG_GETARG_TEXT_PP(0)),
		.accepts = {200, 299},
		.max_reply = 1024 * 1024,
		.timeout = PG_GETARG_INT32(2)
	};

	for (int i = 0; i < count; i++)
		exchanges[i] = drs_exchange_start(transport, CurrentMemoryContext, &request);
	do
	{
		int			fd = drs_transport_poll_fd(transport, drs_clock() + latest);
		struct pollfd watched = {.fd = fd, .events = POLLIN};

		if (wakes == 2)
			be_idle(idle);
		errno = 0;
		if (poll(&watched, 1, PATIENCE_MS) != 1 && errno != EINTR)
			elog(ERROR, "nobody woke us");
		wakes++;
		drs_transport_wait(transport, 0);
	} while (count_running(exchanges, count) > 0);

	initStringInfo(&result);
	for (int i = 0; i < count; i++)
		appendStringInfo(&result, "%s, ", drs_unit_outcomes[exchanges[i]->outcome]);
	appendStringInfo(&result, "wakes=%d ms=%d", wakes, (int) ((drs_clock() - start) / 1000));
	PG_RETURN_DATUM(PointerGetDatum(cstring_to_text(result.data)));
}
