/*
 * asyncscan.c
 *		Lets Append run scans of several scored tables side by side.
 *
 * Append asks its asynchronous children for rows.  One that has none yet adds a descriptor
 * to the set that Append waits on, and is told when that is readable.  Scans of one
 * connection have one descriptor, and whoever moves the bytes of a connection may finish
 * requests of the others, of which nothing tells them.  So whoever is told attends to
 * all scans of the same Append that are pending.
 *
 * Partitions can be many, and each scan has connections and memory of its own.  So only
 * some scans run at a time; the others are pending without having been started, and one
 * is started when one has ended.
 *
 * Only Append knows which scans are pending: one that was restarted or has ended is not.
 */
#include "postgres.h"

#include "executor/execAsync.h"
#include "executor/instrument.h"
#include "executor/tuptable.h"

#include "base/clock.h"
#include "base/compat.h"
#include "scored/asyncscan.h"
#include "scored/scan.h"

/* The longest wait, where Append does not watch the latch itself: a cancel waits that long. */
#define MAX_WAIT_US INT64CONST(1000000)

/* Scans of one Append that run at a time. */
#define MAX_RUNNING 16

/* Pending scans are attended to after so many rows of others that came without a wait. */
#define ATTEND_ROWS 1024

static PredictionStream *
stream_of(const AsyncRequest *request)
{
	return drs_scan_stream(((ForeignScanState *) request->requestee)->fdw_state);
}

/* Is it a request to a scored table that waits for its answer? */
static bool
is_pending(const AsyncRequest *request)
{
	return request->callback_pending && IsA(request->requestee, ForeignScanState) &&
		((ForeignScanState *) request->requestee)->fdwroutine->ForeignAsyncRequest ==
		drs_asyncscan_request;
}

static bool
is_started(const AsyncRequest *request)
{
	return drs_scan_has_begun(((ForeignScanState *) request->requestee)->fdw_state);
}

/* Has it been started, and not ended? */
static bool
is_running(const AsyncRequest *request)
{
	if (request->callback_pending)
		return is_pending(request) && is_started(request);
	return request->request_complete && !TupIsNull(request->result);
}

static bool
may_start(const AppendState *append)
{
	int			running = 0;
	int			i = -1;

	while ((i = bms_next_member(append->as_asyncplans, i)) >= 0)
		running += is_running(append->as_asyncrequests[i]);
	return running < MAX_RUNNING;
}

/* Move what can be moved without waiting.  Can a row be had? */
static bool
poll_scan(const AsyncRequest *request)
{
	ExprContext *context = request->requestee->ps_ExprContext;
	MemoryContext old = MemoryContextSwitchTo(context->ecxt_per_tuple_memory);
	bool		ready = drs_stream_poll(stream_of(request));

	MemoryContextSwitchTo(old);
	return ready;
}

/*
 * Answer a request with the next row, the end, or that it is pending.  Whoever asked has
 * counted the row, so it must not be counted by ExecProcNode(), too.
 */
static void
produce(AsyncRequest *request)
{
	PlanState  *node = request->requestee;
	TupleTableSlot *slot;

	do
	{
		slot = node->ExecProcNodeReal(node);
		if (!TupIsNull(slot) || !drs_scan_is_pending(((ForeignScanState *) node)->fdw_state))
		{
			ExecAsyncRequestDone(request, slot);
			return;
		}
	} while (poll_scan(request));
	ExecAsyncRequestPending(request);
}

/* Answer a request that was pending, and that Append was not told about. */
static void
complete(AsyncRequest *request)
{
	request->callback_pending = false;
	produce(request);
	ExecAsyncResponse(request);
	if (request->requestee->instrument && !TupIsNull(request->result))
		InstrUpdateTupleCount(request->requestee->instrument, 1);
}

/* Start scans that have not been started, in place of those that have ended. */
static void
start_more(AppendState *append)
{
	int			i = -1;

	while ((i = bms_next_member(append->as_asyncplans, i)) >= 0)
	{
		AsyncRequest *request = append->as_asyncrequests[i];

		if (!is_pending(request) || is_started(request))
			continue;
		if (!may_start(append))
			return;
		complete(request);
	}
}

/* Continue all scans of an Append that are pending. */
static void
attend(AppendState *append)
{
	int			i = -1;

	while ((i = bms_next_member(append->as_asyncplans, i)) >= 0)
	{
		AsyncRequest *request = append->as_asyncrequests[i];

		if (is_pending(request) && is_started(request) && poll_scan(request))
			complete(request);
	}
}

void
drs_asyncscan_request(AsyncRequest *request)
{
	static unsigned int rows;
	AppendState *append = (AppendState *) request->requestor;
	bool		attends = ++rows % ATTEND_ROWS == 0;

	if (attends)
		attend(append);
	if (is_started(request) || may_start(append))
		produce(request);
	else
		ExecAsyncRequestPending(request);
	if (attends || (request->request_complete && TupIsNull(request->result)))
		start_more(append);
}

/*
 * Add the scan's descriptor, unless another scan with the same one comes before it and
 * has added it.  It is readable at once if a scan has something to do.  While one waits
 * to be started, others run.
 */
void
drs_asyncscan_configure(AsyncRequest *request)
{
	AppendState *append = (AppendState *) request->requestor;
	TimestampTz latest = drs_clock() + MAX_WAIT_US;
	int			i = -1;
	int			fd;

	if (!is_started(request))
		return;
	fd = drs_stream_poll_fd(stream_of(request), latest);

	while ((i = bms_next_member(append->as_asyncplans, i)) >= 0 && i < request->request_index)
	{
		const AsyncRequest *other = append->as_asyncrequests[i];

		if (is_pending(other) && is_started(other) &&
			drs_stream_poll_fd(stream_of(other), latest) == fd)
			return;
	}
	AddWaitEventToSet(append->as_eventset, WL_SOCKET_READABLE, fd, NULL, request);
}

void
drs_asyncscan_notify(AsyncRequest *request)
{
	AppendState *append = (AppendState *) request->requestor;

	attend(append);
	produce(request);
	start_more(append);
}
