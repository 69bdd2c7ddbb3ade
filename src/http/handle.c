/*
 * handle.c
 *		Tells libcurl what a request is and how its server is reached.
 */
#include "postgres.h"

#include "base/pgcurl.h"
#include "base/url.h"
#include "http/handle.h"

/*
 * In s.  Servers close idle connections after 60 s (docs/api.md 1.9): do not use
 * older ones.
 */
#define MAX_CONNECTION_AGE 55L

/*
 * Bytes of a body that libcurl takes at a time.  It reads from the socket before it
 * takes the next piece, and so sees a server's refusal before it sees that the
 * connection is gone.  TLS splits larger pieces into records of this size anyway.
 */
#define PLAIN_PIECE (512 * 1024L)
#define TLS_PIECE (16 * 1024L)

/* Does it have a body, even an empty one? */
static bool
has_body(const Request *request)
{
	return request->source.bytes || request->source.pull;
}

/* Append a line.  NULL, with nothing left of the list, when memory is out. */
static struct curl_slist *
append_header(struct curl_slist *list, const char *line)
{
	struct curl_slist *longer = curl_slist_append(list, line);

	if (longer == NULL)
		curl_slist_free_all(list);
	return longer;
}

/*
 * The request's headers as libcurl wants them; NULL when memory is out.  We unpack
 * answers ourselves: libcurl would not check for interrupts, and would unpack what we
 * did not ask for.  A stream must not be packed: a few bytes of it may unpack to more
 * than we can keep.
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

/* Set an option of a CURL.  If it is refused, the calling function returns false. */
#define SET(option, value) \
	do { \
		if (curl_easy_setopt(easy, option, value) != CURLE_OK) \
			return false; \
	} while (0)

/* Set the method, and where the body comes from. */
static bool
configure_body(Exchange *exchange, const HandleCallbacks *callbacks)
{
	CURL	   *easy = exchange->easy;
	const Request *request = &exchange->request;
	bool		is_post = strcmp(request->method, "POST") == 0;

	if (!is_post && strcmp(request->method, "GET") != 0)
		SET(CURLOPT_CUSTOMREQUEST, request->method);
	if (is_post && !has_body(request))
	{
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDSIZE, 0L);
	}
	if (!has_body(request))
		return true;
	SET(is_post ? CURLOPT_POST : CURLOPT_UPLOAD, 1L);
	SET(is_post ? CURLOPT_POSTFIELDSIZE_LARGE : CURLOPT_INFILESIZE_LARGE,
		(curl_off_t) request->source.length);

	/*
	 * The callback cannot rewind.  If it could, libcurl would resend the body when a
	 * kept connection turns out to be dead, without counting that as an attempt.
	 */
	SET(CURLOPT_READFUNCTION, callbacks->read);
	SET(CURLOPT_READDATA, exchange);
	/* nor can we send a stream again: it goes over a new connection */
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
	SET(CURLOPT_PROXY, access->proxy ? access->proxy : "");	/* not that of the
															 * postmaster's environment */
	SET(CURLOPT_NOPROXY, "");
	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);	/* what a proxy says is not the answer */
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
