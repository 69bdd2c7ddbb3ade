/*
 * endpoint.h
 *		Where a call sends requests, and as whom: server, user mapping and
 *		options in one validated struct.
 */
#ifndef DRS_ENDPOINT_H
#define DRS_ENDPOINT_H

#include "foreign/foreign.h"
#include "utils/jsonb.h"

#include "base/callcounters.h"
#include "config/option.h"

#define DRS_WRAPPER_NAME "datarobot_scoring"

typedef struct Endpoint
{
	Oid			user;			/* whose mapping it is: not always the effective user */
	Oid			usage_user;		/* who must have USAGE of the server; mostly the same */
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
	CallCounters *counters;		/* what is sent with this endpoint; a call of several endpoints
								 * may let them share one */
} Endpoint;

/* Which server is to be reached, and for whom. */
typedef struct EndpointAsk
{
	const char *server;			/* NULL: the option "server" counts, then datarobot.server */
	Jsonb	   *options;		/* of the call; may be NULL */
	OptionHome	home;			/* which options a call of its kind takes */
	Oid			user;			/* whose mapping is used; InvalidOid: the effective user's */
	Oid			usage_user;		/* who must have USAGE; InvalidOid: the same user */
} EndpointAsk;

/*
 * Look the server up: it must exist, use our wrapper, and grant USAGE.  Reads
 * secret files.  Sends nothing.  Raises with a deliberate SQLSTATE for whatever
 * is missing.  The result is palloc'd in the current memory context.
 */
extern Endpoint *drs_endpoint_for(const EndpointAsk *ask);

/* The same for the effective user. */
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
