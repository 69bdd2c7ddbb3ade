/*
 * unit_http.c
 *		HTTP exchanges with streamed bodies as SQL functions.
 */
#include "postgres.h"

#include <sys/resource.h>

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/clock.h"
#include "http/transport.h"
#include "unit.h"

PG_FUNCTION_INFO_V1(drs_unit_pipe);
PG_FUNCTION_INFO_V1(drs_unit_http);

/* The largest piece that libcurl hands over. */
#define LARGEST_PIECE (16 * 1024)

#define SECRET "a-secret-of-the-unit-tests"

/* A ring buffer of bytes that were received and not sent yet. */
typedef struct Ring
{
	char	   *bytes;
	size_t		size;
	size_t		start;
	size_t		len;
	bool		ended;
	int64		passed;
	int			nfull;			/* times that it had no room; nempty: that it had no bytes */
	int			nempty;
} Ring;

static BodyStep
ring_push(void *arg, const char *bytes, size_t len)
{
	Ring	   *ring = arg;

	if (len > ring->size)
		return BODY_STOPPED;
	if (len > ring->size - ring->len)
	{
		ring->nfull++;
		return BODY_PAUSED;
	}
	for (size_t i = 0; i < len; i++)
		ring->bytes[(ring->start + ring->len + i) % ring->size] = bytes[i];
	ring->len += len;
	return BODY_MOVED;
}

static BodyStep
ring_pull(void *arg, char *buffer, size_t room, size_t *len)
{
	Ring	   *ring = arg;

	if (ring->len == 0 && ring->ended)
		return BODY_ENDED;
	if (ring->len == 0)
	{
		ring->nempty++;
		return BODY_PAUSED;
	}
	*len = Min(room, ring->len);
	for (size_t i = 0; i < *len; i++)
		buffer[i] = ring->bytes[(ring->start + i) % ring->size];
	ring->start = (ring->start + *len) % ring->size;
	ring->len -= *len;
	ring->passed += *len;
	return BODY_MOVED;
}

Transport *
drs_unit_transport(void)
{
	static List *secrets = NIL;

	secrets = list_make1(pstrdup(SECRET));
	return drs_transport_open((ServerAccess) {
		.server_oid = 1,
		.server_name = "unit",
		.secrets = &secrets,
		.allow_http = true,
		.connect_timeout = 10000,
		.counters = drs_callcounters_create()
	});
}

static Request
make_request(FunctionCallInfo fcinfo, const char *method, int url)
{
	return (Request) {
		.method = method,
		.url = text_to_cstring(PG_GETARG_TEXT_PP(url)),
		.accepts = {200, 299},
		.max_reply = 1024 * 1024
	};
}

static Datum
text_result(const char *text)
{
	return PointerGetDatum(cstring_to_text(text));
}

static long
peak_kb(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

/*
 * pipe(from, to, ring): the answer of the URL from becomes the body of a PUT
 * to the URL to, through a ring buffer of that many bytes.
 */
Datum
drs_unit_pipe(PG_FUNCTION_ARGS)
{
	Transport  *transport = drs_unit_transport();
	Request		get = make_request(fcinfo, "GET", 0);
	Request		put = make_request(fcinfo, "PUT", 1);
	Ring		ring = {.size = PG_GETARG_INT32(2)};
	long		peak = peak_kb();
	Exchange   *down;
	Exchange   *up;

	ring.bytes = palloc(ring.size);
	get.sink = (BodySink) {ring_push, &ring};
	put.source = (BodySource) {.pull = ring_pull, .arg = &ring, .length = DRS_LENGTH_UNKNOWN};
	down = drs_exchange_start(transport, CurrentMemoryContext, &get);
	up = drs_exchange_start(transport, CurrentMemoryContext, &put);
	while (up->outcome == OUTCOME_RUNNING)
	{
		drs_transport_wait(transport, 60000);
		if (ring.size - ring.len >= LARGEST_PIECE)
			drs_exchange_resume(down);
		ring.ended = down->outcome != OUTCOME_RUNNING;
		if (ring.len > 0 || ring.ended)
			drs_exchange_resume(up);
	}
	return text_result(
		psprintf("%d %d passed=" INT64_FORMAT " full=%d empty=%d grown=%ld answer=%.*s",
				 down->status, up->status, ring.passed, ring.nfull, ring.nempty,
				 peak_kb() - peak, (int) up->body.len, up->body.data));
}

/*
 * Sends a body of to_send bytes "x", and counts the bytes received; may stop
 * in either direction.
 */
typedef struct Meter
{
	int64		to_send;
	int64		received;
	int			stop_after;		/* bytes in either direction; negative: never */
	int			pause;			/* ms, before the first piece is taken */
	TimestampTz resume_at;
} Meter;

static BodyStep
meter_pull(void *arg, char *buffer, size_t room, size_t *len)
{
	Meter	   *meter = arg;

	if (meter->stop_after == 0)
		return BODY_STOPPED;
	if (meter->to_send == 0)
		return BODY_ENDED;
	*len = Min(room, meter->to_send);
	memset(buffer, 'x', *len);
	meter->to_send -= *len;
	return BODY_MOVED;
}

static BodyStep
meter_push(void *arg, const char *bytes, size_t len)
{
	Meter	   *meter = arg;

	if (meter->resume_at == 0 && meter->pause > 0)
		meter->resume_at = drs_clock() + meter->pause * INT64CONST(1000);
	if (meter->resume_at > drs_clock())
		return BODY_PAUSED;
	meter->received += len;
	if (meter->stop_after >= 0 && meter->received > meter->stop_after)
		return BODY_STOPPED;
	return BODY_MOVED;
}

/*
 * http(method, url, send, length, stop_after, stall_timeout, sink_pause): a
 * negative send means no body; length is what the source announces.
 */
Datum
drs_unit_http(PG_FUNCTION_ARGS)
{
	Transport  *transport = drs_unit_transport();
	Request		request = make_request(fcinfo, text_to_cstring(PG_GETARG_TEXT_PP(0)), 1);
	Meter		meter = {
		.to_send = PG_GETARG_INT32(2),
		.stop_after = PG_GETARG_INT32(4),
		.pause = PG_GETARG_INT32(6)
	};
	Exchange   *exchange;

	request.stall_timeout = PG_GETARG_INT32(5);
	request.sink = (BodySink) {meter_push, &meter};
	if (meter.to_send >= 0)
		request.source = (BodySource) {
			.pull = meter_pull, .arg = &meter, .length = PG_GETARG_INT32(3)
		};
	exchange = drs_exchange_start(transport, CurrentMemoryContext, &request);
	while (exchange->outcome == OUTCOME_RUNNING)
	{
		drs_transport_wait(transport, 10);
		if (meter.resume_at > 0 && meter.resume_at <= drs_clock())
			drs_exchange_resume(exchange);
	}
	return text_result(psprintf("%s status=%d sunk=" INT64_FORMAT " kept=%.*s error=%s",
								drs_unit_outcomes[exchange->outcome], exchange->status,
								meter.received, (int) exchange->body.len,
								exchange->body.len ? exchange->body.data : "", exchange->error));
}
