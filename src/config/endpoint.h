/*
 * endpoint.h
 *		Where a call sends requests, and as whom: server, user mapping and
 *		options in one validated struct.
 */
#ifndef DRS_ENDPOINT_H
#define DRS_ENDPOINT_H

#include "foreign/foreign.h"
#include "utils/jsonb.h"

#include "config/option.h"

#define DRS_WRAPPER_NAME "datarobot_scoring"

typedef struct Endpoint
{
	Oid			server_oid;
	Oid			mapping_oid;	/* InvalidOid when auth is none and there is no mapping */
	char	   *server_name;
	Options		options;		/* of server, mapping and call together */
	char	   *token;			/* the current secret; NULL when auth is none */
	int			token_number;	/* of that one, from 1: another token has another number */
	char	   *credentials;	/* the token as the header Authorization has it, without the
								 * scheme */
	char	   *key;			/* datarobot-key; NULL when there is none */
	List	   *secrets;		/* of char *: all secrets that must not be shown, old ones
								 * included */
} Endpoint;

/*
 * Look the server up for the effective user: it must exist, use our wrapper,
 * and grant USAGE.  If server is NULL, the call's option "server" counts, then
 * the setting datarobot.server.  call_options may be NULL; home says which
 * options a call of its kind takes.  Reads secret files.  Sends nothing.
 * Raises with a deliberate SQLSTATE for whatever is missing.  The result is
 * palloc'd in the current memory context.
 */
extern Endpoint *drs_endpoint_resolve(const char *server, Jsonb *call_options, OptionHome home);

/*
 * Read the token file again, as after a 401.  If there is one and it contains
 * another token, that becomes the current one, with a number of its own.
 * Raises when the file cannot be read or contains no token.
 */
extern void drs_endpoint_reload_token(Endpoint *endpoint);

/*
 * Raise when the server or the mapping was dropped, or USAGE revoked, since
 * the endpoint was resolved.
 */
extern void drs_endpoint_check_still_there(const Endpoint *endpoint);

/* Raise when the server belongs to another foreign-data wrapper than ours. */
extern void drs_endpoint_check_wrapper(const ForeignServer *server);

/* Raise when options contradict each other.  home says where they were set. */
extern void drs_endpoint_check_options(const Options *options, OptionHome home);

#endif							/* DRS_ENDPOINT_H */
