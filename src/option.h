/*
 * option.h
 *		The options of servers, user mappings and calls: one table for all.
 *
 * The table drives the validator, the parsing of options jsonb, the hints for
 * typing errors, and a test that the README lists every option.
 * PostgreSQL licence.
 */
#ifndef DRS_OPTION_H
#define DRS_OPTION_H

#include "nodes/pg_list.h"
#include "utils/jsonb.h"

/* Where an option may stand.  An option can be at home in several places. */
typedef enum OptionHome
{
	OPTION_SERVER = 1,			/* CREATE SERVER: readable by everybody, so no secrets */
	OPTION_MAPPING = 2,			/* CREATE USER MAPPING: shown only to its owner */
	OPTION_CALL = 4,			/* options jsonb of a call */
} OptionHome;

typedef enum AuthScheme
{
	AUTH_BEARER,
	AUTH_TOKEN,					/* deprecated by DataRobot, still accepted by it */
	AUTH_BASIC,					/* deprecated likewise; needs username */
	AUTH_NONE					/* Portable Prediction Server */
} AuthScheme;

typedef enum Compression
{
	COMPRESSION_NONE,
	COMPRESSION_GZIP
} Compression;

typedef enum HttpVersion
{
	HTTP_VERSION_AUTO,			/* HTTP/2 where TLS negotiates it */
	HTTP_VERSION_1_1,
	HTTP_VERSION_2
} HttpVersion;

/* The values of every option.  Strings are palloc'd; NULL means not given. */
typedef struct Options
{
	/* server: where */
	char	   *prediction_url;	/* real-time API with its path prefix, no trailing slash */
	char	   *api_url;		/* public API, likewise */
	char	   *deployment;		/* used when a call names none */
	char	   *proxy;
	char	   *ca_file;
	char	   *client_cert;
	char	   *client_key;
	int			auth;			/* AuthScheme */
	bool		allow_http;
	int			http_version;	/* HttpVersion */

	/* server and call: how */
	int			connect_timeout;	/* ms, for one attempt to connect */
	int			request_timeout;	/* ms, for one request from start to end */
	int			max_attempts;	/* sendings of one chunk, the first included */
	int			retry_budget;	/* ms from a chunk's first failure until it is given up */
	double		rate_limit;		/* requests started per second by one call; 0: no limit */
	int			chunk_rows;		/* rows in a request, at most */
	int			chunk_size;		/* bytes in a request before compression, at most */
	int			concurrency;	/* requests in flight of one call, at most */
	int			max_reply_size;	/* bytes in a reply, at most */
	int			compression;	/* Compression */

	/* user mapping */
	char	   *api_token;
	char	   *api_token_file;
	char	   *datarobot_key;
	char	   *datarobot_key_file;
	char	   *username;

	/* call */
	char	   *server;
	List	   *key_columns;	/* of char *; kept, not sent */
	List	   *passthrough_columns;	/* of char *; kept and sent */
	bool		verify_order;
} Options;

/* Fill in the defaults. */
extern void drs_options_init(Options *options);

/*
 * Check one name and value as they stand in DDL for home, without keeping
 * them.  Raises for an unknown or misplaced name and for a bad value.
 */
extern void drs_option_check(const char *name, const char *value, OptionHome home);

/* Does setting this option make the server read a file?  (The validator asks for the role then.) */
extern bool drs_option_names_file(const char *name);

/* Take over the DefElem list of a foreign server or a user mapping; values were validated by DDL. */
extern void drs_options_add_list(Options *options, List *defelems, OptionHome home);

/*
 * Take over the options of a call: an object whose keys are option names in
 * either spelling.  NULL values mean "as if not given".  Raises 22023 for
 * whatever does not fit.  json may be NULL.
 */
extern void drs_options_add_jsonb(Options *options, Jsonb *json);

/* A JSON scalar as the text that the option of that name would have in DDL, palloc'd.  Raises for anything else. */
extern char *drs_jsonb_scalar_text(const JsonbValue *value, const char *name);

#endif							/* DRS_OPTION_H */
