/*
 * endpoint.h
 *		Where a call goes and who it is: server, user mapping and options in one
 *		validated struct.
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
	Options		options;		/* server, mapping and call taken together */
	char	   *token;			/* secret in force; NULL when auth is none */
	int			token_number;	/* of that one, from 1: another token has another number */
	char	   *credentials;	/* it as the header Authorization has it, without the scheme */
	char	   *key;			/* secret in force; NULL when the mapping has none */
	List	   *secrets;		/* of char *: all that must not be shown, old ones included */
} Endpoint;

/*
 * Look the server up for the effective user: it must exist, use our wrapper,
 * and grant USAGE.  server may be NULL: the "server" option of the call
 * decides, then the setting datarobot.server.  call_options may be NULL; home
 * says which options a call of its kind takes.
 * Reads secret files.  Raises with a deliberate SQLSTATE for whatever is
 * missing; sends nothing.  The result lives in the current memory context.
 */
extern Endpoint *drs_endpoint_resolve(const char *server, Jsonb *call_options, OptionHome home);

/*
 * Read the token file again, as after a 401.  When there is one and it has
 * another token, that is the one in force, with a number of its own.  Raises
 * when the file cannot be read, or contains no token.
 */
extern void drs_endpoint_reload_token(Endpoint *endpoint);

/* Raise when the server or the mapping was dropped since, or USAGE revoked. */
extern void drs_endpoint_check_still_there(const Endpoint *endpoint);

/* Raise when the server belongs to another foreign-data wrapper than ours. */
extern void drs_endpoint_check_wrapper(const ForeignServer *server);

/* Raise when the options do not fit each other.  home says whose list they are. */
extern void drs_endpoint_check_options(const Options *options, OptionHome home);

#endif							/* DRS_ENDPOINT_H */
