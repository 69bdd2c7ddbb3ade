/*
 * url.h
 *		Checks and pieces of URLs.
 */
#ifndef DRS_URL_H
#define DRS_URL_H

#include "lib/stringinfo.h"

/*
 * What is wrong with this base URL, as a sentence, or NULL when nothing is.
 * A base URL is http or https (a proxy may also be socks5 or socks5h), has a
 * host, and carries neither credentials (options of servers are public) nor a
 * query nor a fragment (routes are appended to it).  Never raises.
 */
extern const char *drs_url_problem(const char *url, bool is_proxy);

/*
 * Is the scheme http, so that whatever is sent can be read
 * on the way?  The URL must have passed the check.
 */
extern bool drs_url_is_plain(const char *url);

/*
 * Does it mean itself in every part of a URL (RFC 3986, 2.3)?  A letter, a digit, or one of -._~.
 */
extern bool drs_url_is_unreserved(char c);

/*
 * Append text of the server's encoding, percent-encoded as a
 * value of a query: UTF-8, only unreserved characters bare.
 */
extern void drs_url_append_value(StringInfo url, const char *text);

/* The same of bytes as they are, palloc'd: also for a path. */
extern char *drs_url_escape(const char *bytes);

/* A copy without the slashes at its end, palloc'd: paths are appended with their own. */
extern char *drs_url_without_slashes(const char *url);

/* Host and port of a checked URL, palloc'd, for messages: no path, no credentials. */
extern char *drs_url_host(const char *url);

/*
 * Where a reference leads that the answer to this URL has: a whole URL, or one
 * relative to it.  palloc'd; NULL for what is none.
 */
extern char *drs_url_join(const char *url, const char *reference);

/*
 * Do two URLs lead to the same scheme, host and port?  False as well for what
 * is no URL, and for one that carries a user or a password.  Never raises.
 */
extern bool drs_url_same_origin(const char *url, const char *other);

#endif							/* DRS_URL_H */
