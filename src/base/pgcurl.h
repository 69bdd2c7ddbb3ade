/*
 * pgcurl.h
 *		The one place that includes libcurl: its header, the oldest version we
 *		accept, and what differs between versions.
 */
#ifndef DRS_PGCURL_H
#define DRS_PGCURL_H

#include <curl/curl.h>

/* 7.81 (Ubuntu 22.04) is the oldest release tried. */
#if LIBCURL_VERSION_NUM < 0x075100
#error "datarobot_scoring needs libcurl 7.81 or newer"
#endif

/* Allow https, and http only if allow_http is true. */
static inline CURLcode
drs_curl_set_protocols(CURL *easy, bool allow_http)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, allow_http ? "http,https" : "https");
#else
	return curl_easy_setopt(easy, CURLOPT_PROTOCOLS,
							CURLPROTO_HTTPS | (allow_http ? CURLPROTO_HTTP : 0L));
#endif
}

/*
 * Do not wait for the resolver's thread when a request is cancelled, if the
 * version can do that.
 */
static inline CURLcode
drs_curl_set_quick_exit(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075700
	return curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
#else
	return CURLE_OK;
#endif
}

#endif							/* DRS_PGCURL_H */
