#include "http/auth.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/command_line.h"
#include "http/http_request.h"

enum { CREDENTIALS_MAX = 512 };

static int
base64_value(char c)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c ? strchr(alphabet, c) : NULL;

	return at ? (int) (at - alphabet) : -1;
}

/* Decodes into a string; false if it is not base64 or does not fit. */
static bool
base64_decode(const char *text, char *out, size_t size)
{
	uint32_t	bits = 0;
	int			count = 0;
	size_t		len = 0;

	for (; *text && *text != '='; text++)
	{
		int			value = base64_value(*text);

		if (value < 0 || len + 1 >= size)
			return false;
		bits = bits << 6 | (uint32_t) value;
		count += 6;
		if (count >= 8)
		{
			count -= 8;
			out[len++] = (char) (bits >> count & 0xff);
		}
	}
	out[len] = '\0';
	return true;
}

/*
 * The token of an Authorization header. Bearer and Token have it in clear, Basic after a user
 * name.
 */
static const char *
token_of(const char *header, bool bearer_only, char *space, size_t size)
{
	char	   *colon;

	if (strncasecmp(header, "Bearer ", 7) == 0)
		return header + 7;
	if (bearer_only)
		return NULL;
	if (strncasecmp(header, "Token ", 6) == 0)
		return header + 6;
	if (strncasecmp(header, "Basic ", 6) == 0 && base64_decode(header + 6, space, size))
	{
		colon = strchr(space, ':');
		return colon ? colon + 1 : NULL;
	}
	return NULL;
}

static bool
check_key(struct request *r)
{
	const char *key = request_header(r, "datarobot-key");
	bool		needed = r->route == ROUTE_PREDICTIONS
		&& (r->address == ADDRESS_DEDICATED || r->address == ADDRESS_PROJECT);

	if (!needed || options.no_key || (key && strcmp(key, options.key) == 0))
		return true;
	reply_error(&r->reply, 401, "The datarobot-key header is missing");
	return false;
}

static bool
check_token(struct request *r)
{
	const char *header = request_header(r, "Authorization");
	bool		bearer_only = r->address == ADDRESS_SERVERLESS && r->route == ROUTE_PREDICTIONS;
	char		space[CREDENTIALS_MAX];
	const char *token = header ? token_of(header, bearer_only, space, sizeof space) : NULL;

	if (!token || !*token)
		reply_error(&r->reply, 401, "Invalid Authorization header. No credentials provided.");
	else if (strcmp(token, options.token) != 0 && r->address == ADDRESS_V1)
		reply_error(&r->reply, 403, "API token not valid");
	else if (strcmp(token, options.token) != 0)
		reply_error(&r->reply, 401, "Invalid API token");
	return !r->reply.ready;
}

bool
auth_check(struct request *r)
{
	if (r->address == ADDRESS_PORTABLE || r->address == ADDRESS_IMPORT)
		return true;
	return check_key(r) && check_token(r);
}

bool
auth_is_user(const struct request *r)
{
	const char *header = request_header(r, "Authorization");
	char		given[CREDENTIALS_MAX];
	char		wanted[CREDENTIALS_MAX];

	if (!header || strncasecmp(header, "Basic ", 6) != 0
		|| !base64_decode(header + 6, given, sizeof given))
		return false;
	snprintf(wanted, sizeof wanted, "%s:%s", options.user, options.password);
	return strcmp(given, wanted) == 0;
}
