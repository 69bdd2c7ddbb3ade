/*
 * transport.c
 *		One HTTP exchange after another with libcurl.
 *
 * An exchange is owned by a memory context below the transport's: PostgreSQL
 * deletes children before their parents, so the easy handle always goes
 * before the connection is given back, on success, error and cancel alike,
 * without cleanup code anywhere else.
 *
 * Callbacks touch their Exchange and libc, note what happened and return;
 * nothing raises through libcurl.  PostgreSQL licence.
 */
#include "postgres.h"

#include <ctype.h>

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "connection.h"
#include "mask.h"
#include "pgcurl.h"
#include "transport.h"
#include "url.h"

/* A body of an error is read to this length; it holds one message. */
#define MAX_ERROR_BODY (64 * 1024)

/* Servers close idle connections after 60 s (reference 0.3): do not try older ones. */
#define MAX_CONNECTION_AGE 55L

/* A gap in our attention longer than this is not held against the server. */
#define ATTENTION_GAP_US INT64CONST(50000)

struct Transport
{
	const Endpoint *endpoint;
	Connection *connection;
	MemoryContextCallback cleanup;
};

static void transport_close(void *arg);
static void exchange_cleanup(void *arg);
static bool configure_easy(Exchange *exchange, const Request *request, const char *body, size_t len);
static bool configure_tls(CURL *easy, const Options *options);
static bool is_post(const Request *request);
static struct curl_slist *request_headers(const Request *request);
static size_t on_read(char *buffer, size_t size, size_t count, void *arg);
static size_t on_body(char *bytes, size_t size, size_t count, void *arg);
static size_t on_header(char *line, size_t size, size_t count, void *arg);
static void exchange_done(void *easy, int code);
static void keep_secrets(Exchange *exchange);
static void measure(Exchange *exchange);
static Outcome classify(const Exchange *exchange, CURLcode code);
static bool ended_in_tls(const Exchange *exchange);
static void expire(Transport *transport);

Transport *
drs_transport_open(const Endpoint *endpoint)
{
	Transport  *transport = palloc0(sizeof(Transport));

	transport->endpoint = endpoint;
	transport->connection = NULL;
	transport->cleanup.func = transport_close;
	transport->cleanup.arg = transport;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &transport->cleanup);
	transport->connection = drs_connection_acquire(endpoint);
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

Exchange *
drs_exchange_start(Transport *transport, MemoryContext parent, const Request *request,
				   const char *body, size_t len)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "datarobot_scoring exchange", ALLOCSET_SMALL_SIZES);
	Exchange   *exchange = MemoryContextAllocZero(cxt, sizeof(Exchange));
	const char *error = NULL;

	exchange->cxt = cxt;
	exchange->transport = transport;
	exchange->request_len = len;
	exchange->started = GetCurrentTimestamp();
	exchange->deadline = exchange->started + transport->endpoint->options.request_timeout * INT64CONST(1000);
	drs_bytebuf_init(&exchange->body, transport->endpoint->options.max_reply_size);

	/* armed before there is anything to free */
	exchange->cleanup.func = exchange_cleanup;
	exchange->cleanup.arg = exchange;
	MemoryContextRegisterResetCallback(cxt, &exchange->cleanup);

	exchange->easy = curl_easy_init();
	exchange->headers = request_headers(request);
	if (exchange->easy == NULL || exchange->headers == NULL ||
		!configure_easy(exchange, request, body, len) ||
		!drs_connection_add(transport->connection, exchange->easy, &error))
		ereport(ERROR,
				(errcode(ERRCODE_CONNECTION_EXCEPTION),
				 errmsg("could not prepare a request to server \"%s\"", transport->endpoint->server_name),
				 error ? errdetail("libcurl: %s.", error) : 0));
	if (dlist_is_empty(&transport->connection->running))
		transport->connection->attended = exchange->started;
	dlist_push_tail(&transport->connection->running, &exchange->node);
	return exchange;
}

void
drs_exchange_end(Exchange *exchange)
{
	MemoryContextDelete(exchange->cxt);
}

/* Take a running exchange from libcurl. */
static void
exchange_stop(Exchange *exchange)
{
	if (exchange->node.next == NULL)
		return;
	dlist_delete(&exchange->node);
	exchange->node.next = NULL;
	drs_connection_remove(exchange->transport->connection, exchange->easy);
}

static void
exchange_cleanup(void *arg)
{
	Exchange   *exchange = arg;

	exchange_stop(exchange);
	if (exchange->easy)
		curl_easy_cleanup(exchange->easy);
	curl_slist_free_all(exchange->headers);
	drs_bytebuf_free(&exchange->body);
}

void
drs_transport_wait(Transport *transport, long timeout)
{
	Connection *connection = transport->connection;
	TimestampTz now = GetCurrentTimestamp();
	dlist_iter	iter;

	/* the time that nobody listened (a slow query, an idle cursor) is not the server's */
	if (now - connection->attended > ATTENTION_GAP_US)
		dlist_foreach(iter, &connection->running)
			dlist_container(Exchange, node, iter.cur)->deadline += now - connection->attended;

	dlist_foreach(iter, &connection->running)
	{
		Exchange   *exchange = dlist_container(Exchange, node, iter.cur);

		if (timeout > 0)
			timeout = Min(timeout, TimestampDifferenceMilliseconds(now, exchange->deadline));
	}
	drs_connection_wait(connection, timeout, exchange_done);
	expire(transport);
	connection->attended = GetCurrentTimestamp();
}

LastLine
drs_transport_last_line(const Transport *transport)
{
	return transport->connection->last_line;
}

void
drs_transport_note_last_line(Transport *transport, LastLine last_line)
{
	transport->connection->last_line = last_line;
}

char *
drs_exchange_story(const Exchange *exchange)
{
	double		ms = exchange->total_us / 1000.0;

	switch (exchange->phase)
	{
		case PHASE_CONNECT:
			return psprintf("no connection after %.0f ms", ms);
		case PHASE_SEND:
			return psprintf("connected in %.0f ms, sent " INT64_FORMAT " of %zu bytes in %.0f ms",
							exchange->connect_us / 1000.0, exchange->sent_bytes, exchange->request_len,
							(exchange->total_us - exchange->connect_us) / 1000.0);
		case PHASE_WAIT:
			return psprintf("connected in %.0f ms, sent %zu bytes, no answer after %.0f ms",
							exchange->connect_us / 1000.0, exchange->request_len, ms);
		case PHASE_RECEIVE:
			return psprintf("connected in %.0f ms, answer began after %.0f ms, %zu bytes of it came in %.0f ms",
							exchange->connect_us / 1000.0, exchange->wait_us / 1000.0, exchange->body.len,
							(exchange->total_us - exchange->wait_us) / 1000.0);
	}
	return "";					/* keep the compiler quiet */
}

/* Set one option of a CURL, giving up at the first that is refused. */
#define SET(option, value) \
	do { \
		if (curl_easy_setopt(easy, option, value) != CURLE_OK) \
			return false; \
	} while (0)

static bool
configure_easy(Exchange *exchange, const Request *request, const char *body, size_t len)
{
	CURL	   *easy = exchange->easy;
	const Options *options = &exchange->transport->endpoint->options;
	static const long http_versions[] = {
		CURL_HTTP_VERSION_2TLS, CURL_HTTP_VERSION_1_1, CURL_HTTP_VERSION_2_0
	};

	SET(CURLOPT_URL, request->url);
#if LIBCURL_VERSION_NUM >= 0x075500
	SET(CURLOPT_PROTOCOLS_STR, options->allow_http ? "http,https" : "https");
#else
	SET(CURLOPT_PROTOCOLS, (long) (options->allow_http ? CURLPROTO_HTTP | CURLPROTO_HTTPS : CURLPROTO_HTTPS));
#endif
	SET(CURLOPT_FOLLOWLOCATION, 0L);	/* a redirect would carry the token elsewhere */
	SET(CURLOPT_HTTP_VERSION, http_versions[options->http_version]);
	if (!drs_url_is_plain(request->url))
		SET(CURLOPT_PIPEWAIT, 1L);	/* another stream of an HTTP/2 connection rather than another connection */
	SET(CURLOPT_HTTPHEADER, exchange->headers);
	SET(CURLOPT_ACCEPT_ENCODING, "");	/* whatever this libcurl can unpack */
	SET(CURLOPT_NOSIGNAL, 1L);	/* SIGALRM belongs to the server's timeouts */
#if LIBCURL_VERSION_NUM >= 0x075700
	SET(CURLOPT_QUICK_EXIT, 1L);	/* do not wait for the resolver thread on cancel */
#endif
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long) options->connect_timeout);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_MAXAGE_CONN, MAX_CONNECTION_AGE);
	SET(CURLOPT_BUFFERSIZE, 128 * 1024L);
	SET(CURLOPT_UPLOAD_BUFFERSIZE, 512 * 1024L);
	SET(CURLOPT_PROXY, options->proxy ? options->proxy : "");	/* not the environment's of the postmaster */
	SET(CURLOPT_NOPROXY, "");
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);	/* what a proxy says is not the reply */
	SET(CURLOPT_ERRORBUFFER, exchange->error);
	SET(CURLOPT_PRIVATE, exchange);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, exchange);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, exchange);
	if (is_post(request))
	{
		/*
		 * By a callback that cannot rewind: libcurl would send the body again by itself when a kept
		 * connection turns out to be dead, without counting that as an attempt.
		 */
		exchange->unsent = body;
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) len);
		SET(CURLOPT_READFUNCTION, on_read);
		SET(CURLOPT_READDATA, exchange);
	}
	drs_connection_account_sockets(easy);
	return configure_tls(easy, options);
}

/* Certificates are verified, always: there is no option to turn that off. */
static bool
configure_tls(CURL *easy, const Options *options)
{
	SET(CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
	if (options->ca_file)
		SET(CURLOPT_CAINFO, options->ca_file);
	if (options->client_cert)
	{
		SET(CURLOPT_SSLCERT, options->client_cert);
		SET(CURLOPT_SSLKEY, options->client_key);
	}
	return true;
}

/* Then it has a body, if only an empty one. */
static bool
is_post(const Request *request)
{
	return strcmp(request->method, "POST") == 0;
}

/* The request's headers as libcurl wants them; NULL when memory is out. */
static struct curl_slist *
request_headers(const Request *request)
{
	struct curl_slist *list = NULL;
	ListCell   *lc;

	/* libcurl would wait for "100 Continue" before a body above 1 MB */
	if (is_post(request))
		list = curl_slist_append(list, "Expect:");
	foreach(lc, request->headers)
	{
		const Header *header = lfirst(lc);
		char	   *line = psprintf("%s: %s", header->name, header->value);
		struct curl_slist *longer = curl_slist_append(list, line);

		if (longer == NULL)
		{
			curl_slist_free_all(list);
			return NULL;
		}
		list = longer;
		pfree(line);
	}
	return list;
}

static size_t
on_read(char *buffer, size_t size, size_t count, void *arg)
{
	Exchange   *exchange = arg;
	size_t		len = Min(size * count, exchange->request_len - exchange->read_len);

	memcpy(buffer, exchange->unsent + exchange->read_len, len);
	exchange->read_len += len;
	return len;
}

static size_t
on_body(char *bytes, size_t size, size_t count, void *arg)
{
	Exchange   *exchange = arg;
	size_t		len = size * count;
	long		status = 0;

	exchange->phase = PHASE_RECEIVE;
	curl_easy_getinfo((CURL *) exchange->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status != 200 && exchange->body.len + len > MAX_ERROR_BODY)
		return len;				/* enough to quote; the rest is dropped */
	if (drs_bytebuf_add(&exchange->body, bytes, len))
		return len;
	exchange->overflow = true;
	return 0;					/* libcurl ends the transfer */
}

/*
 * Keep the value of a header when it is the named one: printable ASCII, cut to
 * what we have room for.  Blanks within it are kept, as before a charset.
 */
static void
keep_header(const char *line, size_t len, const char *name, char *value)
{
	size_t		name_len = strlen(name);
	size_t		at = name_len + 1;
	size_t		kept = 0;

	if (len <= name_len || line[name_len] != ':' || pg_strncasecmp(line, name, name_len) != 0)
		return;
	while (at < len && (line[at] == ' ' || line[at] == '\t'))
		at++;
	for (; at < len && kept < MAX_HEADER_VALUE - 1 && line[at] >= ' ' && line[at] <= '~'; at++)
		value[kept++] = line[at];
	while (kept > 0 && value[kept - 1] == ' ')
		kept--;
	value[kept] = '\0';
}

static size_t
on_header(char *line, size_t size, size_t count, void *arg)
{
	Exchange   *exchange = arg;
	size_t		len = size * count;

	long		status = 0;

	curl_easy_getinfo((CURL *) exchange->easy, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200)
		return len;				/* an interim reply; the real one comes */
	exchange->phase = PHASE_RECEIVE;
	keep_header(line, len, "Content-Type", exchange->content_type);
	keep_header(line, len, "X-DataRobot-Model-Id", exchange->model_id);
	keep_header(line, len, "X-DataRobot-Request-Id", exchange->request_id);
	keep_header(line, len, "Location", exchange->location);
	return len;
}

/* libcurl has finished with an exchange: note how, and take the handle back. */
static void
exchange_done(void *easy, int code)
{
	Exchange   *exchange = NULL;
	curl_off_t	retry_after = 0;
	long		status = 0;

	curl_easy_getinfo((CURL *) easy, CURLINFO_PRIVATE, (char **) &exchange);
	curl_easy_getinfo((CURL *) easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo((CURL *) easy, CURLINFO_RETRY_AFTER, &retry_after);
	exchange->status = (int) status;
	exchange->retry_after = (long) Min(retry_after, (curl_off_t) INT_MAX);
	measure(exchange);
	exchange->outcome = classify(exchange, code);
	if (exchange->error[0] == '\0' && code != CURLE_OK)
		strlcpy(exchange->error, curl_easy_strerror(code), sizeof(exchange->error));
	exchange_stop(exchange);
	keep_secrets(exchange);
}

static void
mask_header(char *value, List *secrets)
{
	drs_mask_secrets(value, strlen(value), secrets, DRS_TELLING_SECRET);
}

/*
 * Before anybody else reads it: overwrite secrets in what is only shown.
 * Predictions are not changed: an answer that holds a secret is refused.
 */
static void
keep_secrets(Exchange *exchange)
{
	List	   *secrets = exchange->transport->endpoint->secrets;

	mask_header(exchange->model_id, secrets);
	mask_header(exchange->request_id, secrets);
	mask_header(exchange->location, secrets);
	mask_header(exchange->content_type, secrets);
	mask_header(exchange->error, secrets);
	if (exchange->status != 200)
		drs_mask_secrets(exchange->body.data, exchange->body.len, secrets, 1);
	else if (drs_holds_secret(exchange->body.data, exchange->body.len, secrets, DRS_TELLING_SECRET))
		exchange->outcome = OUTCOME_SECRET;
}

/* Ask libcurl how far the exchange came and how long that took. */
static void
measure(Exchange *exchange)
{
	CURL	   *easy = exchange->easy;
	curl_off_t	pretransfer = 0,
				first_byte = 0,
				sent = 0;

	curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
	curl_easy_getinfo(easy, CURLINFO_STARTTRANSFER_TIME_T, &first_byte);
	curl_easy_getinfo(easy, CURLINFO_SIZE_UPLOAD_T, &sent);
	exchange->connect_us = pretransfer;
	exchange->wait_us = first_byte;
	exchange->sent_bytes = sent;
	exchange->total_us = GetCurrentTimestamp() - exchange->started;
	if (exchange->phase == PHASE_RECEIVE)
		return;					/* noted by the callbacks */
	if (pretransfer == 0)
		exchange->phase = PHASE_CONNECT;
	else
		exchange->phase = sent < (curl_off_t) exchange->request_len ? PHASE_SEND : PHASE_WAIT;
}

static Outcome
classify(const Exchange *exchange, CURLcode code)
{
	bool		begun = exchange->phase == PHASE_RECEIVE;

	if (exchange->overflow)
		return OUTCOME_TOO_LARGE;
	switch (code)
	{
		case CURLE_OK:
			return OUTCOME_REPLY;
		case CURLE_COULDNT_RESOLVE_HOST:
		case CURLE_COULDNT_RESOLVE_PROXY:
			return OUTCOME_NO_HOST;
		case CURLE_COULDNT_CONNECT:
		case CURLE_OPERATION_TIMEDOUT:	/* libcurl times the connecting only */
		case CURLE_SSL_CONNECT_ERROR:
			return OUTCOME_NO_CONNECTION;
		case CURLE_PEER_FAILED_VERIFICATION:
		case CURLE_SSL_CACERT_BADFILE:
		case CURLE_SSL_CERTPROBLEM:
		case CURLE_SSL_ISSUER_ERROR:
		case CURLE_SSL_CIPHER:
			return OUTCOME_TLS;
		case CURLE_GOT_NOTHING:
		case CURLE_SEND_ERROR:
		case CURLE_SEND_FAIL_REWIND:	/* a kept connection was dead */
		case CURLE_RECV_ERROR:
		case CURLE_HTTP2:
		case CURLE_HTTP2_STREAM:
		case CURLE_PARTIAL_FILE:
			return begun ? OUTCOME_CUT : OUTCOME_LOST;
		case CURLE_BAD_CONTENT_ENCODING:
			return OUTCOME_CUT;
		case CURLE_WEIRD_SERVER_REPLY:
		case CURLE_UNSUPPORTED_PROTOCOL:
			return OUTCOME_GARBAGE;
		default:
			return ended_in_tls(exchange) ? OUTCOME_TLS : OUTCOME_OTHER;
	}
}

/* Did it end after TCP and before TLS stood?  Keys that do not fit have another code with every libcurl. */
static bool
ended_in_tls(const Exchange *exchange)
{
	char	   *scheme = NULL;
	curl_off_t	tcp = 0,
				tls = 0;

	curl_easy_getinfo((CURL *) exchange->easy, CURLINFO_SCHEME, &scheme);
	curl_easy_getinfo((CURL *) exchange->easy, CURLINFO_CONNECT_TIME_T, &tcp);
	curl_easy_getinfo((CURL *) exchange->easy, CURLINFO_APPCONNECT_TIME_T, &tls);
	return scheme && pg_strcasecmp(scheme, "https") == 0 && tcp > 0 && tls == 0 && exchange->sent_bytes == 0;
}

/* End the exchanges whose request_timeout is over. */
static void
expire(Transport *transport)
{
	TimestampTz now = GetCurrentTimestamp();
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &transport->connection->running)
	{
		Exchange   *exchange = dlist_container(Exchange, node, iter.cur);

		if (exchange->deadline > now)
			continue;
		measure(exchange);
		exchange->outcome = OUTCOME_TIMEOUT;
		exchange_stop(exchange);
	}
}
