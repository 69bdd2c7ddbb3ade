/*
 * url.h
 *		Checks URLs, takes them apart, and builds them.
 */
#ifndef DRS_URL_H
#define DRS_URL_H

#include "lib/stringinfo.h"

/*
 * What is wrong with this base URL, as a sentence that is a constant; NULL
 * when nothing is.  A base URL is http or https (a proxy may also be socks5 or
 * socks5h), has a host, and contains neither credentials (options of servers
 * are public) nor a query or fragment (routes are appended to it).  Never
 * raises.
 */
extern const char *drs_url_problem(const char *url, bool is_proxy);

/*
 * Is the scheme http, so that whatever is sent can be read in transit?  The
 * URL must have passed the check.
 */
extern bool drs_url_is_plain(const char *url);

/*
 * Is it unreserved (RFC 3986, 2.3), so that no part of a URL needs it
 * percent-encoded?  Letters, digits and -._~ are.
 */
extern bool drs_url_is_unreserved(char c);

/*
 * Append text in the database's encoding as a value of a query: in UTF-8, with
 * all but unreserved characters percent-encoded.
 */
extern void drs_url_append_value(StringInfo url, const char *text);

/* Percent-encode bytes in the same way, without converting them; palloc'd.  Also for paths. */
extern char *drs_url_escape(const char *bytes);

/* A copy without the slashes at its end, palloc'd: paths are appended with their own. */
extern char *drs_url_without_slashes(const char *url);

/* Host and port of a checked URL, palloc'd, for messages: no path, no credentials. */
extern char *drs_url_host(const char *url);

/*
 * Resolve a reference in the answer to this URL, which is a URL or relative to
 * this one.  Palloc'd; NULL when it is invalid.
 */
extern char *drs_url_join(const char *url, const char *reference);

/*
 * Have two URLs the same scheme, host and port?  False also when one is
 * invalid, or the first contains a user or a password.  Never raises.
 */
extern bool drs_url_same_origin(const char *url, const char *other);

#endif							/* DRS_URL_H */
