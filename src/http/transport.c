/*
 * transport.c
 *		HTTP exchanges with libcurl.
 *
 * An exchange is owned by a memory context below the transport's: PostgreSQL
 * deletes children before their parents, so the easy handle always goes
 * before the connection is given back, on success, error and cancel alike,
 * without cleanup code anywhere else.
 *
 * Callbacks touch their Exchange and libc, note what happened and return;
 * nothing raises through libcurl.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/clock.h"
#include "base/headertext.h"
#include "base/mask.h"
#include "base/pgcurl.h"
#include "http/compress.h"
#include "http/connection.h"
#include "http/handle.h"
#include "http/outcome.h"
#include "http/retryafter.h"
#include "http/tlsbytes.h"
#include "http/transport.h"

/* Bytes that are read of an error's body, which contains one message. */
#define MAX_ERROR_BODY (64 * 1024)

/* A gap in our attention longer than this does not count against the server. */
#define ATTENTION_GAP_US INT64CONST(50000)

struct Transport
{
	ServerAccess access;
	Connection *connection;
	TimestampTz waited_from;	/* somebody else waits since then; 0: nobody */
	MemoryContextCallback cleanup;
};

static CallCounters *counters_of(const Exchange *exchange);
static void transport_close(void *arg);
static void exchange_cleanup(void *arg);
static size_t on_read(char *buffer, size_t size, size_t count, void *arg);
static size_t on_body(char *bytes, size_t size, size_t count, void *arg);
static size_t on_header(char *line, size_t size, size_t count, void *arg);
static int	on_request(void *arg, char *peer_ip, char *own_ip, int peer_port, int own_port);
static void exchange_done(void *easy, int code);
static void finish(Exchange *exchange);
static bool unpack_arrived(Connection *connection);
static void mask_headers(Exchange *exchange);
static void keep_secrets(Exchange *exchange);
static void measure(Exchange *exchange);
static void expire(Transport *transport);

Transport *
drs_transport_open(ServerAccess access)
{
	Transport  *transport = palloc0(sizeof(Transport));

	transport->access = access;
	transport->connection = NULL;
	transport->cleanup.func = transport_close;
	transport->cleanup.arg = transport;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &transport->cleanup);
	transport->connection = drs_connection_acquire(&transport->access);
	return transport;
}

static void
transport_close(void *arg)
{
	Transport  *transport = arg;

	if (transport->connection)
		drs_connection_release(transport->connection);
	transport->connection = NULL;
}

/* Make an exchange, without what needs libcurl. */
static Exchange *
new_exchange(Transport *transport, MemoryContext parent, const Request *request)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "datarobot_scoring exchange",
											  ALLOCSET_SMALL_SIZES);
	Exchange   *exchange = MemoryContextAllocZero(cxt, sizeof(Exchange));

	exchange->cxt = cxt;
	exchange->transport = transport;
	exchange->request = *request;
	exchange->request_len = (size_t) Max(request->source.length, 0);
	exchange->started = exchange->moved = drs_clock();
	exchange->deadline = request->timeout == 0 ? DT_NOEND :
		exchange->started + request->timeout * INT64CONST(1000);
	drs_bytebuf_init(&exchange->body, request->sink.push ? MAX_ERROR_BODY : request->max_reply);
	drs_bytebuf_init(&exchange->packed, 0);
	drs_bytebuf_init(&exchange->seam, SIZE_MAX);

	/* armed before there is anything to free */
	exchange->cleanup.func = exchange_cleanup;
	exchange->cleanup.arg = exchange;
	MemoryContextRegisterResetCallback(cxt, &exchange->cleanup);
	return exchange;
}

Exchange *
drs_exchange_start(Transport *transport, MemoryContext parent, const Request *request)
{
	Exchange   *exchange = new_exchange(transport, parent, request);
	static const HandleCallbacks callbacks = {on_read, on_body, on_header, on_request};
	const char *error = NULL;

	if (!drs_handle_open(exchange, &transport->access, &callbacks) ||
		!drs_connection_add(transport->connection, exchange->easy, &error))
		ereport(ERROR,
				(errcode(ERRCODE_CONNECTION_EXCEPTION),
				 errmsg("could not prepare a request to server \"%s\"",
						transport->access.server_name),
				 error ? errdetail("libcurl: %s.", error) : 0));
	if (dlist_is_empty(&transport->connection->running))
		transport->connection->attended = exchange->started;
	dlist_push_tail(&transport->connection->running, &exchange->node);
	if (request->public_api)
		transport->access.counters->api_requests++;
	else
		transport->access.counters->requests++;
	return exchange;
}

void
drs_exchange_resume(Exchange *exchange)
{
	int			code;

	if (!exchange->source_paused && !exchange->sink_paused)
		return;
	exchange->source_paused = exchange->sink_paused = false;
	exchange->moved = drs_clock();
	if (exchange->outcome != OUTCOME_RUNNING || exchange->node.next == NULL)
		return;
	code = drs_connection_resume(exchange->easy);
	if (code != CURLE_OK)
		exchange_done(exchange->easy, code);
}

void
drs_exchange_end(Exchange *exchange)
{
	MemoryContextDelete(exchange->cxt);
}

static CallCounters *
counters_of(const Exchange *exchange)
{
	return exchange->transport->access.counters;
}

/* Remove it from the list that it is in, and from libcurl while it is running there. */
static void
exchange_stop(Exchange *exchange)
{
	if (exchange->node.next == NULL)
		return;
	dlist_delete(&exchange->node);
	exchange->node.next = NULL;
	if (exchange->unpacking == NULL)
		drs_connection_remove(exchange->transport->connection, exchange->easy);
}

/* Do not use its connection again. */
static void
distrust(Exchange *exchange)
{
	drs_sockets_distrust(&exchange->transport->connection->sockets, exchange->fd,
						 exchange->socket_serial);
}

void
drs_exchange_distrust(Exchange *exchange)
{
	exchange->broken = true;
}

void
drs_exchange_refuse(Exchange *exchange, const char *why)
{
	exchange->broken = true;
	exchange->outcome = OUTCOME_CUT;
	strlcpy(exchange->error, why, sizeof(exchange->error));
}

static void
exchange_cleanup(void *arg)
{
	Exchange   *exchange = arg;

	exchange_stop(exchange);
	if (exchange->broken)
		distrust(exchange);
	drs_handle_close(exchange);
	drs_bytebuf_free(&exchange->body);
	drs_bytebuf_free(&exchange->packed);
	drs_bytebuf_free(&exchange->seam);
}

/* Is its stall_timeout running?  Not during a pause of ours. */
static bool
may_stall(const Exchange *exchange)
{
	return exchange->request.stall_timeout > 0 && !exchange->source_paused &&
		!exchange->sink_paused;
}

/* When its time is over, if nothing moves until then. */
static TimestampTz
due_time(const Exchange *exchange)
{
	TimestampTz stalled = exchange->moved + exchange->request.stall_timeout * INT64CONST(1000);

	return may_stall(exchange) ? Min(stalled, exchange->deadline) : exchange->deadline;
}

/*
 * The time in which nobody listened (a slow query, an idle cursor) is not the
 * servers' fault.
 */
static void
forgive(Connection *connection, int64 gap)
{
	dlist_iter	iter;

	dlist_foreach(iter, &connection->running)
	{
		Exchange   *exchange = dlist_container(Exchange, node, iter.cur);

		if (exchange->deadline != DT_NOEND)
			exchange->deadline += gap;
		exchange->moved += gap;
	}
}

/* Somebody else waited until now, or until the time that he said. */
static void
count_wait(Transport *transport, TimestampTz now)
{
	if (transport->waited_from != 0)
		transport->access.counters->wait_us +=
			Max(Min(now, transport->connection->attended) - transport->waited_from, 0);
	transport->waited_from = 0;
}

void
drs_transport_wait(Transport *transport, long timeout)
{
	Connection *connection = transport->connection;
	TimestampTz now;
	dlist_iter	iter;

	/* what an interrupt has left: somebody may be waiting for just that */
	if (unpack_arrived(connection))
		timeout = 0;
	now = drs_clock();
	count_wait(transport, now);
	if (now - connection->attended > ATTENTION_GAP_US)
		forgive(connection, now - connection->attended);
	dlist_foreach(iter, &connection->running)
	{
		Exchange   *exchange = dlist_container(Exchange, node, iter.cur);

		if (timeout > 0)
			timeout = Min(timeout, TimestampDifferenceMilliseconds(now, due_time(exchange)));
	}
	if (timeout > 0)
		drs_callcounters_wait_begins(transport->access.counters);
	drs_connection_wait(connection, timeout, exchange_done);
	drs_callcounters_wait_ends(transport->access.counters);
	(void) unpack_arrived(connection);
	expire(transport);
	connection->attended = drs_clock();
}

int
drs_transport_poll_fd(Transport *transport, TimestampTz latest)
{
	Connection *connection = transport->connection;
	dlist_iter	iter;

	if (!dlist_is_empty(&connection->packed))
		latest = 0;
	dlist_foreach(iter, &connection->running)
		latest = Min(latest, due_time(dlist_container(Exchange, node, iter.cur)));
	if (transport->waited_from == 0)
		transport->waited_from = drs_clock();
	return drs_connection_poll_fd(connection, latest);
}

void
drs_exchange_await(Exchange *exchange)
{
	while (exchange->outcome == OUTCOME_RUNNING)
		drs_transport_wait(exchange->transport, DRS_MAX_WAIT_MS);
}

int *
drs_transport_note(Transport *transport)
{
	return &transport->connection->note;
}

char *
drs_exchange_timings(const Exchange *exchange)
{
	double		ms = exchange->total_us / 1000.0;

	switch (exchange->phase)
	{
		case PHASE_CONNECT:
			return psprintf("no connection after %.0f ms", ms);
		case PHASE_SEND:
			return psprintf("connected in %.0f ms, sent " INT64_FORMAT "%s bytes in %.0f ms",
							exchange->connect_us / 1000.0, exchange->sent_bytes,
							exchange->request.source.length < 0 ? "" :
							psprintf(" of %zu", exchange->request_len),
							(exchange->total_us - exchange->connect_us) / 1000.0);
		case PHASE_WAIT:
			return psprintf("connected in %.0f ms, sent %zu bytes, no answer after %.0f ms",
							exchange->connect_us / 1000.0, exchange->read_len, ms);
		case PHASE_RECEIVE:
			return psprintf("connected in %.0f ms, answer began after %.0f ms, %zu bytes of it"
							" came in %.0f ms",
							exchange->connect_us / 1000.0, exchange->wait_us / 1000.0,
							(size_t) exchange->sunk_bytes + exchange->body.len,
							(exchange->total_us - exchange->wait_us) / 1000.0);
	}
	return "";					/* keep the compiler quiet */
}

/* Bytes have moved, in either direction. */
static void
note_movement(Exchange *exchange)
{
	if (exchange->request.stall_timeout > 0)
		exchange->moved = drs_clock();
}

/* Copy the next bytes of a body that is in memory as a whole. */
static size_t
read_fixed(Exchange *exchange, char *buffer, size_t room)
{
	size_t		len = Min(room, exchange->request_len - exchange->read_len);

	memcpy(buffer, exchange->request.source.bytes + exchange->read_len, len);
	return len;
}

/*
 * Get bytes from the source.  Returns their number, or what libcurl takes for a
 * pause, the end or an error.
 */
static size_t
read_stream(Exchange *exchange, char *buffer, size_t room)
{
	const BodySource *source = &exchange->request.source;
	size_t		len = 0;

	switch (source->pull(source->arg, buffer, room, &len))
	{
		case BODY_MOVED:
			return len;
		case BODY_PAUSED:
			exchange->source_paused = true;
			return CURL_READFUNC_PAUSE;
		case BODY_ENDED:
			exchange->source_ended = true;
			if (source->length < 0 || exchange->read_len == exchange->request_len)
				return 0;
			break;				/* it has fewer bytes than it said */
		case BODY_STOPPED:
			break;
	}
	exchange->stopped = true;
	return CURL_READFUNC_ABORT;
}

static size_t
on_read(char *buffer, size_t size, size_t count, void *arg)
{
	Exchange   *exchange = arg;
	size_t		len;

	note_movement(exchange);
	if (exchange->request.source.bytes)
		len = read_fixed(exchange, buffer, size * count);
	else
		len = read_stream(exchange, buffer, size * count);
	if (len == CURL_READFUNC_PAUSE || len == CURL_READFUNC_ABORT)
		return len;
	exchange->read_len += len;
	exchange->transport->connection->handed_over += len;
	counters_of(exchange)->bytes_sent += len;
	return len;
}

/* libcurl takes any number other than len for an error. */
#define END_TRANSFER 0

/* Hand a piece of a good answer to its sink. */
static size_t
write_stream(Exchange *exchange, const char *bytes, size_t len)
{
	const BodySink *sink = &exchange->request.sink;
	List	   *secrets = *exchange->transport->access.secrets;

	if (drs_packing(exchange->content_encoding) != PACKING_NONE)
		return END_TRANSFER;
	exchange->tells_secret = drs_seam_holds_secret(&exchange->seam, bytes, len, secrets,
												   DRS_TELLING_SECRET);
	if (exchange->tells_secret)
		return END_TRANSFER;
	switch (sink->push(sink->arg, bytes, len))
	{
		case BODY_MOVED:
			exchange->sunk_bytes += len;
			exchange->tells_secret = !drs_seam_move(&exchange->seam, bytes, len, secrets);
			return exchange->tells_secret ? END_TRANSFER : len;
		case BODY_PAUSED:
			exchange->sink_paused = true;
			return CURL_WRITEFUNC_PAUSE;
		case BODY_ENDED:
		case BODY_STOPPED:
			break;
	}
	exchange->stopped = true;
	return END_TRANSFER;
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *arg)
{
	Exchange   *exchange = arg;
	size_t		len = size * count;
	long		status = 0;
	bool		is_good;

	exchange->phase = PHASE_RECEIVE;
	counters_of(exchange)->bytes_received += len;
	note_movement(exchange);
	curl_easy_getinfo((CURL *) exchange->easy, CURLINFO_RESPONSE_CODE, &status);
	is_good = drs_request_accepts(&exchange->request, (int) status);
	if (!is_good && exchange->body.len + len > MAX_ERROR_BODY)
	{
		exchange->enough = true;	/* to quote */
		return END_TRANSFER;
	}
	if (is_good && exchange->request.sink.push)
		return write_stream(exchange, bytes, len);
	if (drs_bytebuf_add(&exchange->body, bytes, len))
		return len;
	exchange->overflow = true;
	return END_TRANSFER;
}

/*
 * Keep the value of a header if it has this name: as far as it is printable ASCII and
 * as there is room.  Blanks within it are kept, as before a charset.
 */
static void
keep_header(const char *line, size_t len, const char *name, char *value, size_t size)
{
	size_t		name_len = strlen(name);
	size_t		at = name_len + 1;
	size_t		kept = 0;

	if (len <= name_len || line[name_len] != ':' || pg_strncasecmp(line, name, name_len) != 0)
		return;
	while (at < len && (line[at] == ' ' || line[at] == '\t'))
		at++;
	for (; at < len && kept < size - 1 && drs_is_header_char(line[at]); at++)
		value[kept++] = line[at];
	while (kept > 0 && value[kept - 1] == ' ')
		kept--;
	value[kept] = '\0';
}

#define KEEP_HEADER(name, field) \
	keep_header(line, len, name, exchange->field, sizeof(exchange->field))

/* Is this a good answer of HTTP/1 to a request that is not all sent yet? */
static bool
comes_too_early(const Exchange *exchange, long status)
{
	long		version = 0;
	curl_off_t	sent = 0;

	if (!exchange->reused || exchange->phase == PHASE_RECEIVE || status >= 300)
		return false;
	curl_easy_getinfo((CURL *) exchange->easy, CURLINFO_HTTP_VERSION, &version);
	curl_easy_getinfo((CURL *) exchange->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	return version < CURL_HTTP_VERSION_2_0 && sent < (curl_off_t) exchange->request_len;
}

static size_t
on_header(char *line, size_t size, size_t count, void *arg)
{
	Exchange   *exchange = arg;
	size_t		len = size * count;
	long		status = 0;

	curl_easy_getinfo((CURL *) exchange->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200)
		return len;				/* an interim answer; the final one follows */
	if (comes_too_early(exchange, status))
	{
		exchange->unfit = true;
		return END_TRANSFER;	/* and the connection */
	}
	exchange->phase = PHASE_RECEIVE;
	exchange->status = (int) status;
	note_movement(exchange);
	KEEP_HEADER("Content-Type", content_type);
	KEEP_HEADER("Content-Encoding", content_encoding);
	KEEP_HEADER("Transfer-Encoding", transfer_encoding);
	KEEP_HEADER("X-DataRobot-Model-Id", model_id);
	KEEP_HEADER("X-DataRobot-Request-Id", request_id);
	KEEP_HEADER("X-DataRobot-Execution-Time", execution_time);
	KEEP_HEADER("Location", location);
	KEEP_HEADER("Retry-After", retry_after_text);
	/* chunked is what servers send unasked; libcurl would unpack others */
	if (exchange->transfer_encoding[0] &&
		pg_strcasecmp(exchange->transfer_encoding, "chunked") != 0 &&
		pg_strcasecmp(exchange->transfer_encoding, "identity") != 0)
		return END_TRANSFER;
	return len;
}

/* A request is about to be sent on a connection: is the connection fit for that? */
static int
on_request(void *arg, char *peer_ip, char *own_ip, int peer_port, int own_port)
{
	Exchange   *exchange = arg;
	const SocketList *sockets = &exchange->transport->connection->sockets;
	long		opened = 0;

	curl_easy_getinfo((CURL *) exchange->easy, CURLINFO_NUM_CONNECTS, &opened);
	exchange->reused = opened == 0;
	exchange->unfit = exchange->reused && drs_sockets_kept(sockets, own_port) &&
		(!drs_sockets_fit(sockets, own_port) || drs_tls_holds_bytes(exchange->easy));
	return exchange->unfit ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/*
 * The connection was not fit: send the same over a new one.  Nothing, or not all, was
 * sent, so this is not another attempt.  False when libcurl cannot.
 */
static bool
send_afresh(Exchange *exchange)
{
	Connection *connection = exchange->transport->connection;
	const char *error;

	if (exchange->fresh ||
		curl_easy_setopt((CURL *) exchange->easy, CURLOPT_FRESH_CONNECT, 1L) != CURLE_OK)
		return false;
	exchange->fresh = true;
	exchange->unfit = false;
	exchange->read_len = 0;
	exchange->error[0] = '\0';
	drs_connection_remove(connection, exchange->easy);
	return drs_connection_add(connection, exchange->easy, &error);
}

/*
 * Remember the connection that the answer came on, if it is kept and its answers have
 * no numbers.
 */
static void
note_socket(Exchange *exchange)
{
	SocketList *sockets = &exchange->transport->connection->sockets;
	curl_socket_t fd = CURL_SOCKET_BAD;
	long		version = 0;

	curl_easy_getinfo((CURL *) exchange->easy, CURLINFO_HTTP_VERSION, &version);
	curl_easy_getinfo((CURL *) exchange->easy, CURLINFO_ACTIVESOCKET, &fd);
	if (fd == CURL_SOCKET_BAD || version >= CURL_HTTP_VERSION_2_0)
		return;
	exchange->fd = fd;
	exchange->socket_serial = drs_sockets_answered(sockets, fd);
}

/* Say which encoding was not asked for. */
static void
name_encoding(Exchange *exchange)
{
	bool		whole_body = drs_packing(exchange->content_encoding) != PACKING_NONE &&
		exchange->request.sink.push;

	snprintf(exchange->error, sizeof(exchange->error), "its %sencoding \"%s\" was not asked for",
			 whole_body ? "" : "transfer ",
			 whole_body ? exchange->content_encoding : exchange->transfer_encoding);
}

/* libcurl has finished with an exchange: record how, and take the handle back. */
static void
exchange_done(void *easy, int code)
{
	Exchange   *exchange = NULL;
	long		status = 0;

	curl_easy_getinfo((CURL *) easy, CURLINFO_PRIVATE, (char **) &exchange);
	if (exchange->unfit && send_afresh(exchange))
		return;
	curl_easy_getinfo((CURL *) easy, CURLINFO_RESPONSE_CODE, &status);
	exchange->status = (int) status;
	exchange->retry_after = drs_retry_after(exchange->retry_after_text, time(NULL));
	measure(exchange);
	note_socket(exchange);
	exchange->ended_as = drs_outcome_of(exchange, code);
	if (code == CURLE_WRITE_ERROR && exchange->ended_as == OUTCOME_GARBLED)
		name_encoding(exchange);
	if (exchange->error[0] == '\0' && code != CURLE_OK)
		strlcpy(exchange->error, curl_easy_strerror(code), sizeof(exchange->error));
	exchange_stop(exchange);
	if (exchange->ended_as == OUTCOME_REPLY && exchange->content_encoding[0])
		dlist_push_tail(&exchange->transport->connection->packed, &exchange->node);
	else
		finish(exchange);
}

/* What the answer says of its making. */
static void
count_answer(const Exchange *exchange)
{
	drs_callcounters_server_time(counters_of(exchange), exchange->execution_time);
	if (drs_request_accepts(&exchange->request, exchange->status))
		drs_callcounters_model(counters_of(exchange), exchange->model_id);
}

/*
 * The answer is complete, as others are to see it.  A 408 may be about the time
 * before the request: then the answer to the request would come next, so the
 * connection is not used again.
 */
static void
finish(Exchange *exchange)
{
	keep_secrets(exchange);
	if (exchange->ended_as != OUTCOME_REPLY || exchange->status == 408)
		distrust(exchange);
	if (exchange->ended_as == OUTCOME_REPLY)
		count_answer(exchange);
	exchange->outcome = exchange->ended_as;
}

static void
mask_header(char *value, List *secrets)
{
	drs_mask_secrets(value, strlen(value), secrets, DRS_TELLING_SECRET);
}

/* What is shown of an answer, however far it came. */
static void
mask_headers(Exchange *exchange)
{
	List	   *secrets = *exchange->transport->access.secrets;

	mask_header(exchange->model_id, secrets);
	mask_header(exchange->request_id, secrets);
	mask_header(exchange->location, secrets);
	mask_header(exchange->content_type, secrets);
	mask_header(exchange->error, secrets);
}

/*
 * Overwrite secrets in what is only shown, before anybody else reads it.  Predictions
 * are not changed: an answer that contains a secret is refused.  What the public API
 * returns for a deployment includes our datarobot-key, which is overwritten.  Of an
 * error only the message is shown, and servermessage.c masks that: it sees the
 * message as it will be shown, without the escapes by which JSON may spell a secret.
 */
static void
keep_secrets(Exchange *exchange)
{
	List	   *secrets = *exchange->transport->access.secrets;

	mask_headers(exchange);
	if (!drs_request_accepts(&exchange->request, exchange->status))
		return;
	if (exchange->request.public_api)
		drs_mask_secrets(exchange->body.data, exchange->body.len, secrets, DRS_TELLING_SECRET);
	else if (drs_holds_secret(exchange->body.data, exchange->body.len, secrets,
							  DRS_TELLING_SECRET))
		exchange->ended_as = OUTCOME_SECRET;
}

/* Was all of the body sent, if libcurl has sent this many bytes? */
static bool
is_all_sent(const Exchange *exchange, curl_off_t sent)
{
	if (exchange->request.source.length < 0)
		return exchange->source_ended;
	return sent >= (curl_off_t) exchange->request_len;
}

/* Ask libcurl how far the exchange came and how long that took. */
static void
measure(Exchange *exchange)
{
	CURL	   *easy = exchange->easy;
	TimestampTz now = drs_clock();
	curl_off_t	pretransfer = 0,
				first_byte = 0,
				sent = 0;

	curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
	curl_easy_getinfo(easy, CURLINFO_STARTTRANSFER_TIME_T, &first_byte);
	curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	exchange->connect_us = pretransfer;
	exchange->wait_us = first_byte;
	exchange->sent_bytes = sent;
	exchange->total_us = now - exchange->started;
	count_wait(exchange->transport, now);	/* whoever waited for it */
	if (exchange->phase == PHASE_RECEIVE)
		return;					/* noted by the callbacks */
	if (pretransfer == 0)
		exchange->phase = PHASE_CONNECT;
	else
		exchange->phase = is_all_sent(exchange, sent) ? PHASE_WAIT : PHASE_SEND;
}

/* End the exchanges whose time is over. */
static void
expire(Transport *transport)
{
	TimestampTz now = drs_clock();
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &transport->connection->running)
	{
		Exchange   *exchange = dlist_container(Exchange, node, iter.cur);

		if (due_time(exchange) > now)
			continue;
		measure(exchange);
		mask_headers(exchange);
		exchange->outcome = exchange->deadline > now ? OUTCOME_STALLED : OUTCOME_TIMEOUT;
		exchange_stop(exchange);
	}
}

/* The answer cannot be unpacked.  An error is reported by its status all the same. */
static void
give_up_unpacking(Exchange *exchange, Outcome outcome, const char *why)
{
	if (!drs_request_accepts(&exchange->request, exchange->status))
		return;
	exchange->ended_as = outcome;
	snprintf(exchange->error, sizeof(exchange->error), why, exchange->content_encoding);
}

/* Begin to unpack.  False if there is nothing to unpack, or no way to. */
static bool
begin_unpacking(Exchange *exchange)
{
	Packing		packing = drs_packing(exchange->content_encoding);

	if (packing == PACKING_NONE || exchange->body.len == 0)
		return false;
	if (packing == PACKING_UNKNOWN)
		give_up_unpacking(exchange, OUTCOME_GARBLED, "its encoding \"%s\" was not asked for");
	else
		exchange->unpacking = drs_unpack_begin(exchange->cxt, exchange->body.data,
											   exchange->body.len);
	exchange->packed = exchange->body;
	drs_bytebuf_init(&exchange->body, drs_request_accepts(&exchange->request, exchange->status) ?
					 exchange->packed.max : MAX_ERROR_BODY);
	return packing == PACKING_DEFLATE;
}

/* Unpack some more.  False when it is done. */
static bool
unpack_more(Exchange *exchange)
{
	switch (drs_unpack_more(exchange->unpacking, &exchange->body))
	{
		case UNPACK_MORE:
			return true;
		case UNPACK_DONE:
			break;
		case UNPACK_FULL:
			give_up_unpacking(exchange, OUTCOME_TOO_LARGE, "");
			break;
		case UNPACK_SHORT:
			give_up_unpacking(exchange, OUTCOME_CUT, "its \"%s\" does not end");
			break;
		case UNPACK_GARBLED:
			give_up_unpacking(exchange, OUTCOME_GARBLED,
							  "it is not the \"%s\" that it says it is");
			break;
	}
	return false;
}

/*
 * Unpack what has arrived packed, checking for interrupts.  False when there was
 * nothing.  An exchange of another call may be among it: when a cancel ends this
 * call, that one continues where this one stopped.
 */
static bool
unpack_arrived(Connection *connection)
{
	if (dlist_is_empty(&connection->packed))
		return false;
	while (!dlist_is_empty(&connection->packed))
	{
		Exchange   *exchange = dlist_head_element(Exchange, node, &connection->packed);
		bool		more = exchange->unpacking != NULL || begin_unpacking(exchange);

		while (more)
		{
			CHECK_FOR_INTERRUPTS();
			more = unpack_more(exchange);
		}
		drs_bytebuf_free(&exchange->packed);
		dlist_delete(&exchange->node);
		exchange->node.next = NULL;
		finish(exchange);
	}
	return true;
}
