#include "http/handler.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/monotonic.h"
#include "base/service_clock.h"
#include "base/timestamps.h"
#include "batch/batch_routes.h"
#include "control/counters.h"
#include "control/journal.h"
#include "faults/park.h"
#include "faults/raw.h"
#include "faults/spoil.h"
#include "http/http_request.h"
#include "http/log.h"
#include "http/router.h"
#include "http/send.h"
#include "http/tls.h"
#include "model/registry.h"
#include "realtime/legacy.h"
#include "realtime/predictions.h"

enum { CONTROL_BODY_MAX = 1024 * 1024, API_BODY_MAX = 16 * 1024 * 1024 };

static atomic_bool stopping;

void
handler_stop(void)
{
	stopping = true;
}

void *
handler_first_line(void *cls, const char *target, struct MHD_Connection *connection)
{
	(void) cls;
	return request_new(connection, target);
}

static void
learn_connection(struct request *r)
{
	const union MHD_ConnectionInfo *info;

	info = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	r->fd = info ? info->connect_fd : -1;
	info = MHD_get_connection_info(r->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	r->tls_session = info ? info->tls_session : NULL;
}

/* By the service's clock, which may be wrong. */
static void
add_date(struct request *r)
{
	char		text[TIMESTAMP_TEXT_MAX];

	timestamp_print_as(text, service_now() / 1000000, "%a, %d %b %Y %H:%M:%S GMT");
	reply_header(&r->reply, "Date", "%s", text);
}

/* The headers that every reply of the prediction service has. */
static void
common_headers(struct request *r)
{
	static atomic_ullong count;
	struct timespec now;
	unsigned long long id[3];

	if (r->route == ROUTE_CONTROL)
		return;
	if (r->address == ADDRESS_V1)
		legacy_error(r);
	clock_gettime(CLOCK_REALTIME, &now);
	id[0] = (unsigned long long) now.tv_sec << 30 | (unsigned long long) now.tv_nsec;
	id[1] = ++count;
	id[2] = id[1] << 32 ^ (id[0] * 0x9e3779b97f4a7c15u);
	reply_header(&r->reply, "X-DataRobot-Request-Id", "%016llx%016llx", id[0], id[2]);
	if (r->route == ROUTE_BATCH)
		add_date(r);
	if (r->route == ROUTE_API || r->route == ROUTE_BATCH)
		return;
	reply_header(&r->reply, "X-DataRobot-Execution-Time", "%.1f",
				 (double) (monotonic_now() - r->started) / 1000.0);
	reply_header(&r->reply, "Access-Control-Allow-Methods", "OPTIONS, POST");
	reply_header(&r->reply, "Access-Control-Allow-Credentials", "true");
	reply_header(&r->reply, "Access-Control-Allow-Headers",
				 "Content-Type,Authorization,datarobot-key");
	reply_header(&r->reply, "Access-Control-Expose-Headers",
				 "Content-Type,Content-Length,X-DataRobot-Execution-Time,"
				 "X-DataRobot-Model-Cache-Hit,X-DataRobot-Model-Id,X-DataRobot-Request-Id");
}

static void
begin(struct request *r, const char *method)
{
	const char *expect = request_header(r, "Expect");

	snprintf(r->method, sizeof r->method, "%s", method);
	learn_connection(r);
	r->expects = expect && strcasecmp(expect, "100-continue") == 0;
	r->stage = STAGE_BODY;
	router_find(r);
	journal_begin(r);
	if (r->route == ROUTE_PREDICTIONS && strcmp(r->method, "POST") == 0 && r->deployment)
	{
		r->entered = true;
		counters_enter(r->deployment);
		r->fault = fault_choose(r->deployment->id);
	}
	else if (r->route != ROUTE_CONTROL)
		counters_other();
	if (r->route == ROUTE_API)
		r->fault = fault_choose_route("api");
	else if (r->route == ROUTE_BATCH)
		r->fault = fault_choose_route(batch_routes_read(r));
	if (r->tls_session && !tls_client_is_known(r->tls_session))
		reply_error(&r->reply, 400, "No required SSL certificate was sent");
	else
		router_check(r);
	if (r->route == ROUTE_PREDICTIONS && !r->reply.ready)
		predictions_begin(r);
	if (r->route == ROUTE_BATCH && !r->reply.ready)
		batch_routes_begin(r);
}

/* Is the answer to be sent while the body is still arriving? */
static bool
is_refused_early(const struct request *r)
{
	const char *length = request_header(r, "Content-Length");

	return fault_kind_of(&r->fault) == FAULT_EARLY &&
		   (!length || strtol(length, NULL, 10) > r->fault.main->bytes);
}

static enum MHD_Result
first_call(struct request *r, const char *method)
{
	begin(r, method);
	if (fault_kind_of(&r->fault) == FAULT_STALL_READ)
	{
		int			small = 4096;

		setsockopt(r->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
		r->stage = STAGE_PARKED;
		park(r, -1);
		return MHD_YES;
	}
	if (is_refused_early(r))
	{
		reply_clear(&r->reply);
		reply_error(&r->reply, r->fault.main->status, "Refused before the body was read");
		common_headers(r);
		return send_reply(r);	/* the library then closes, because the body is unread */
	}
	/*
	 * a client that asks before it sends its body is refused at once; otherwise its body is read
	 * and dropped first
	 */
	if (r->reply.ready && r->expects && !r->fault.main && !r->fault.delay)
	{
		common_headers(r);
		return send_reply(r);
	}
	return MHD_YES;
}

static enum MHD_Result
take_body(struct request *r, const char *data, size_t len)
{
	r->received += len;
	if (r->route == ROUTE_BATCH)
		return batch_routes_body(r, data, len);
	if (r->received > (uint64_t) 8 * BODY_MAX)
		return MHD_NO;			/* do not read it to the end */
	if (r->route == ROUTE_PREDICTIONS)
		predictions_body(r, data, len);
	else if (r->route == ROUTE_CONTROL && r->received <= CONTROL_BODY_MAX)
		buffer_append(&r->body, data, len);
	else if (r->route == ROUTE_API && r->received <= API_BODY_MAX)
		buffer_append(&r->body, data, len);
	else if (r->route == ROUTE_API && !r->reply.ready)
		reply_error(&r->reply, 413, "Request entity too large");
	return MHD_YES;
}

static enum MHD_Result
answer(struct request *r)
{
	enum fault_kind kind = fault_kind_of(&r->fault);

	if (kind == FAULT_RESET)
		raw_reset(r->fd);
	if (kind == FAULT_RESET || kind == FAULT_CLOSE)
		return MHD_NO;
	if (kind == FAULT_HANG)
	{
		r->stage = STAGE_PARKED;
		park(r, -1);
		return MHD_YES;
	}
	if (r->route == ROUTE_PREDICTIONS)
		predictions_answer(r);
	else if (r->route == ROUTE_BATCH && !batch_routes_answer(r))
		return MHD_YES;			/* it is called again */
	else if (!r->reply.ready)
		router_answer(r);
	if (r->route == ROUTE_API || r->route == ROUTE_BATCH)
		spoil_reply(&r->reply, r->fault.main);
	common_headers(r);
	if (raw_needed(r))
	{
		raw_send(r);
		return MHD_YES;
	}
	return send_reply(r);
}

static enum MHD_Result
body_complete(struct request *r)
{
	if (r->stage == STAGE_BODY && r->fault.by_content)
		predictions_look(r);
	if (r->stage == STAGE_BODY && r->fault.delay)
	{
		r->stage = STAGE_WAIT;
		park(r, r->fault.delay->ms);
		return MHD_YES;
	}
	return answer(r);
}

enum MHD_Result
handler_access(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
			   const char *version, const char *data, size_t *len, void **request)
{
	struct request *r = *request;
	size_t		given = *len;

	(void) cls;
	(void) connection;
	(void) url;
	(void) version;
	if (stopping || r->gone)
		return MHD_NO;
	if (r->stage == STAGE_HEADER)
		return first_call(r, method);
	if (given > 0)
	{
		*len = 0;
		return take_body(r, data, given);
	}
	return body_complete(r);
}

void
handler_completed(void *cls, struct MHD_Connection *connection, void **request,
				  enum MHD_RequestTerminationCode how)
{
	struct request *r = *request;

	(void) cls;
	(void) connection;
	if (!r)
		return;
	if (r->call)
		batch_routes_end(r);
	r->complete = r->complete || how == MHD_REQUEST_TERMINATED_COMPLETED_OK;
	request_leave(r);
	log_request(r);
	journal_end(r);
	if (r->complete && fault_kind_of(&r->fault) == FAULT_CLOSE_IDLE)
		shutdown(r->fd, SHUT_RDWR);
	request_free(r);
	*request = NULL;
}
