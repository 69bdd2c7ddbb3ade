/*
 * outcome.c
 *		What libcurl's codes mean for an exchange.
 */
#include "postgres.h"

#include "base/pgcurl.h"
#include "http/outcome.h"

/* The status with which a proxy refused to CONNECT; 0 if it did not. */
static int
proxy_refusal(const Exchange *exchange)
{
	long		status = 0;

	curl_easy_getinfo((CURL *) exchange->easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status >= 300 ? (int) status : 0;
}

/*
 * Is a refusal permanent?  A proxy that is busy, or cannot get there now, may connect
 * us later.
 */
static Outcome
classify_refusal(int status)
{
	return status < 500 && status != 408 && status != 429 ? OUTCOME_PROXY : OUTCOME_NO_CONNECTION;
}

/*
 * Did the other side refuse in TLS's own words, or speak something other than TLS?
 * Then it will do so again.
 */
static bool
is_tls_refused(const Exchange *exchange)
{
	static const char *const words[] = {
		" alert ", "TLS fatal alert", "wrong version number", "unsupported protocol",
		"unexpected TLS packet"
	};

	for (size_t i = 0; i < lengthof(words); i++)
		if (strstr(exchange->error, words[i]))
			return true;
	return false;
}

/*
 * Did it end after TCP was connected and before TLS was?  Keys that do not fit are
 * reported with another code by every libcurl.
 */
static bool
ended_in_tls(const Exchange *exchange)
{
	char	   *scheme = NULL;
	curl_off_t	tcp = 0,
				tls = 0;

	curl_easy_getinfo((CURL *) exchange->easy, CURLINFO_SCHEME, &scheme);
	curl_easy_getinfo((CURL *) exchange->easy, CURLINFO_CONNECT_TIME_T, &tcp);
	curl_easy_getinfo((CURL *) exchange->easy, CURLINFO_APPCONNECT_TIME_T, &tls);
	return scheme && pg_strcasecmp(scheme, "https") == 0 && tcp > 0 && tls == 0 &&
		exchange->sent_bytes == 0;
}

Outcome
drs_outcome_of(const Exchange *exchange, int code)
{
	bool		begun = exchange->phase == PHASE_RECEIVE;

	if (exchange->stopped)
		return OUTCOME_STOPPED;
	if (exchange->tells_secret)
		return OUTCOME_SECRET;
	if (exchange->overflow)
		return OUTCOME_TOO_LARGE;
	if (exchange->enough)
		return OUTCOME_REPLY;
	if (code != CURLE_OK && proxy_refusal(exchange) != 0)
		return classify_refusal(proxy_refusal(exchange));
	switch (code)
	{
		case CURLE_OK:
			return OUTCOME_REPLY;
		case CURLE_COULDNT_RESOLVE_HOST:
		case CURLE_COULDNT_RESOLVE_PROXY:
			return OUTCOME_NO_HOST;
		case CURLE_COULDNT_CONNECT:
		case CURLE_OPERATION_TIMEDOUT:	/* libcurl limits the time to connect only */
		case CURLE_SSL_CONNECT_ERROR:
			return is_tls_refused(exchange) ? OUTCOME_TLS : OUTCOME_NO_CONNECTION;
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
			if (is_tls_refused(exchange))
				return OUTCOME_TLS;
			return begun ? OUTCOME_CUT : OUTCOME_LOST;
		case CURLE_BAD_CONTENT_ENCODING:
		case CURLE_WRITE_ERROR: /* the transport found an encoding that was not asked for */
			return OUTCOME_GARBLED;
		case CURLE_WEIRD_SERVER_REPLY:
		case CURLE_UNSUPPORTED_PROTOCOL:
			return OUTCOME_GARBAGE;
		default:
			return ended_in_tls(exchange) ? OUTCOME_TLS : OUTCOME_OTHER;
	}
}
