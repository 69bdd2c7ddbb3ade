/*
 * handle.c
 *		Says to libcurl what a request is and how its server is reached.
 */
#include "postgres.h"

#include "base/pgcurl.h"
#include "base/url.h"
#include "http/handle.h"

/* Servers close idle connections after 60 s (docs/api.md 1.9): do not try older ones. */
#define MAX_CONNECTION_AGE 55L

/*
 * Bytes of a body handed on at a time.  Between two of them libcurl reads, and
 * so sees a server's refusal before it sees that the connection is gone.  TLS
 * makes many packets of one piece.
 */
#define PLAIN_PIECE (512 * 1024L)
#define TLS_PIECE (16 * 1024L)

/* Has it a body, if only an empty one? */
static bool
has_body(const Request *request)
{
	return request->source.bytes || request->source.pull;
}

/* With one more line; NULL, and nothing is left of the list, when memory is out. */
static struct curl_slist *
append_header(struct curl_slist *list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(list, line);

	if (longer == NULL)
		curl_slist_free_all(list);
	return longer;
}

/*
 * The request's headers as libcurl wants them; NULL when memory is out.
 * Answers are unpacked by us: libcurl would do it without a look at interrupts,
 * and unpacks what was not asked for.  A stream is not packed: what a few bytes
 * of it unpack to would have to be held.
 */
static struct curl_slist *
request_headers(const Request *request)
{
	struct curl_slist *list = curl_slist_append(NULL,
												request->sink.push ? "Accept-Encoding: identity" :
												"Accept-Encoding: gzip, deflate");
	ListCell   *lc;

	/* libcurl would wait for "100 Continue" before a body above 1 MB */
	if (list && has_body(request))
		list = append_header(list, "Expect:");
	if (list && has_body(request) && request->source.length < 0)
		list = append_header(list, "Transfer-Encoding: chunked");
	foreach(lc, request->headers)
	{
		const Header *header = lfirst(lc);
		char	   *line = psprintf("%s: %s", header->name, header->value);

		list = list ? append_header(list, line) : NULL;
		pfree(line);
	}
	return list;
}

/* Set one option of a CURL, giving up at the first that is refused. */
#define SET(option, value) \
	do { \
		if (curl_easy_setopt(easy, option, value) != CURLE_OK) \
			return false; \
	} while (0)

/* What kind of request it is, and where its body comes from. */
static bool
configure_body(Exchange *exchange, const HandleCallbacks *callbacks)
{
	CURL	   *easy = exchange->easy;
	const Request *request = &exchange->request;
	bool		is_post = strcmp(request->method, "POST") == 0;

	if (!is_post && strcmp(request->method, "GET") != 0)
		SET(CURLOPT_CUSTOMREQUEST, request->method);
	if (!has_body(request))
		return true;
	SET(is_post ? CURLOPT_POST : CURLOPT_UPLOAD, 1L);
	SET(is_post ? CURLOPT_POSTFIELDSIZE_LARGE : CURLOPT_INFILESIZE_LARGE,
		(curl_off_t) request->source.length);
	/*
	 * By a callback that cannot rewind: libcurl would send the body again by itself when a kept
	 * connection turns out to be dead, without counting that as an attempt.
	 */
	SET(CURLOPT_READFUNCTION, callbacks->read);
	SET(CURLOPT_READDATA, exchange);
	/* nor could we, a stream: it goes by a connection that is surely alive */
	if (request->source.pull)
		SET(CURLOPT_FRESH_CONNECT, 1L);
	return true;
}

/* Certificates are verified, always: there is no option to turn that off. */
static bool
configure_tls(CURL *easy, const ServerAccess *access)
{
	SET(CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
	if (access->ca_file)
		SET(CURLOPT_CAINFO, access->ca_file);
	if (access->client_cert)
	{
		SET(CURLOPT_SSLCERT, access->client_cert);
		SET(CURLOPT_SSLKEY, access->client_key);
	}
	return true;
}

static bool
configure(Exchange *exchange, const ServerAccess *access, const HandleCallbacks *callbacks)
{
	CURL	   *easy = exchange->easy;
	const Request *request = &exchange->request;
	static const long http_versions[] = {
		CURL_HTTP_VERSION_2TLS, CURL_HTTP_VERSION_1_1, CURL_HTTP_VERSION_2_0
	};

	SET(CURLOPT_URL, request->url);
	if (drs_curl_set_protocols(easy, access->allow_http) != CURLE_OK)
		return false;
	SET(CURLOPT_FOLLOWLOCATION, 0L);	/* a redirect would carry the token elsewhere */
	SET(CURLOPT_HTTP_VERSION, http_versions[access->http_version]);
	if (!drs_url_is_plain(request->url))
		SET(CURLOPT_PIPEWAIT, 1L);	/* another stream of an HTTP/2 connection
									 * rather than another connection */
	SET(CURLOPT_HTTPHEADER, exchange->headers);
	SET(CURLOPT_NOSIGNAL, 1L);	/* SIGALRM belongs to the server's timeouts */
	if (drs_curl_set_quick_exit(easy) != CURLE_OK)
		return false;
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long) access->connect_timeout);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_MAXAGE_CONN, MAX_CONNECTION_AGE);
	SET(CURLOPT_BUFFERSIZE, 128 * 1024L);
	SET(CURLOPT_UPLOAD_BUFFERSIZE, drs_url_is_plain(request->url) ? PLAIN_PIECE : TLS_PIECE);
	SET(CURLOPT_PROXY, access->proxy ? access->proxy : "");	/* not the environment's
															 * of the postmaster */
	SET(CURLOPT_NOPROXY, "");
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);	/* what a proxy says is not the reply */
	SET(CURLOPT_ERRORBUFFER, exchange->error);
	SET(CURLOPT_PRIVATE, exchange);
	SET(CURLOPT_WRITEFUNCTION, callbacks->body);
	SET(CURLOPT_WRITEDATA, exchange);
	SET(CURLOPT_HEADERFUNCTION, callbacks->header);
	SET(CURLOPT_HEADERDATA, exchange);
	SET(CURLOPT_PREREQFUNCTION, callbacks->request);
	SET(CURLOPT_PREREQDATA, exchange);
	return configure_body(exchange, callbacks) && configure_tls(easy, access);
}

bool
drs_handle_open(Exchange *exchange, const ServerAccess *access, const HandleCallbacks *callbacks)
{
	exchange->easy = curl_easy_init();
	exchange->headers = request_headers(&exchange->request);
	return exchange->easy && exchange->headers && configure(exchange, access, callbacks);
}

void
drs_handle_close(Exchange *exchange)
{
	if (exchange->easy)
		curl_easy_cleanup(exchange->easy);
	curl_slist_free_all(exchange->headers);
	exchange->easy = exchange->headers = NULL;
}
