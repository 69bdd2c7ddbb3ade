/*
 * url.c
 *		Checks and takes apart URLs with libcurl's own parser, so that the
 *		validator accepts what requests will understand.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "base/headertext.h"
#include "base/pgcurl.h"
#include "base/url.h"

/* Is a part of a parsed URL present and not empty? */
static bool
has_part(CURLU *parsed, CURLUPart part)
{
	char	   *text = NULL;
	bool		present = curl_url_get(parsed, part, &text, 0) == CURLUE_OK && text[0] != '\0';

	curl_free(text);
	return present;
}

static bool
scheme_fits(CURLU *parsed, bool is_proxy)
{
	static const char *const schemes[] = {"https", "http", "socks5", "socks5h"};
	char	   *scheme = NULL;
	bool		fits = false;

	if (curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
		return false;
	for (size_t i = 0; i < (is_proxy ? lengthof(schemes) : 2); i++)
		fits = fits || strcmp(scheme, schemes[i]) == 0;
	curl_free(scheme);
	return fits;
}

static const char *
parsed_url_problem(CURLU *parsed, const char *url, bool is_proxy)
{
	const char *rest = strstr(url, "://");

	/* libcurl also accepts one slash or three */
	if (rest == NULL || rest[3] == '/' || strcspn(url, ":") != (size_t) (rest - url))
		return "It is not a URL such as https://example.orm.datarobot.com/predApi/v1.0.";
	if (curl_url_set(parsed, CURLUPART_URL, url, is_proxy ? CURLU_NON_SUPPORT_SCHEME : 0) !=
		CURLUE_OK)
		return "It is not a URL such as https://example.orm.datarobot.com/predApi/v1.0.";
	if (!scheme_fits(parsed, is_proxy))
		return is_proxy ? "Its scheme must be http, https, socks5 or socks5h." :
			"Its scheme must be https, or http if the server allows that.";
	if (!has_part(parsed, CURLUPART_HOST))
		return "It has no host.";
	/* refuse them even when empty: what is appended would become part of them */
	if (strchr(url, '@'))
		return "It must not contain a user or a password.";
	if (strpbrk(url, "?#"))
		return "It must not contain a query or a fragment.";
	return NULL;
}

const char *
drs_url_problem(const char *url, bool is_proxy)
{
	CURLU	   *parsed;
	const char *problem;

	if (!drs_is_header_word(url))
		return "It must be printable ASCII without spaces.";
	if (strlen(url) > 2000)
		return "It is longer than 2000 bytes.";
	parsed = curl_url();
	if (parsed == NULL)
		return "There is not enough memory to check it.";
	problem = parsed_url_problem(parsed, url, is_proxy);
	curl_url_cleanup(parsed);
	return problem;
}

bool
drs_url_is_plain(const char *url)
{
	return pg_strncasecmp(url, "http:", 5) == 0;
}

bool
drs_url_is_unreserved(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		(c != '\0' && strchr("-._~", c) != NULL);
}

static void
append_escaped(StringInfo url, const char *bytes)
{
	for (const char *c = bytes; *c; c++)
		if (drs_url_is_unreserved(*c))
			appendStringInfoChar(url, *c);
		else
			appendStringInfo(url, "%%%02X", (unsigned char) *c);
}

void
drs_url_append_value(StringInfo url, const char *text)
{
	append_escaped(url, pg_server_to_any(text, strlen(text), PG_UTF8));
}

char *
drs_url_escape(const char *bytes)
{
	StringInfoData escaped;

	initStringInfo(&escaped);
	append_escaped(&escaped, bytes);
	return escaped.data;
}

char *
drs_url_host(const char *url)
{
	const char *start = strstr(url, "://");

	size_t		len;

	start = start ? start + 3 : url;
	len = strcspn(start, "/?#");
	for (const char *at = start; (at = memchr(at, '@', start + len - at)) != NULL; at++)
	{
		len -= at + 1 - start;	/* user and password */
		start = at + 1;
	}
	return pnstrdup(start, len);
}

/*
 * Is a part the same in two parsed URLs, except for case?  A missing port is
 * that of the scheme.
 */
static bool
same_part(CURLU *parsed, CURLU *other, CURLUPart part)
{
	char	   *one = NULL;
	char	   *two = NULL;
	bool		same = curl_url_get(parsed, part, &one, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		curl_url_get(other, part, &two, CURLU_DEFAULT_PORT) == CURLUE_OK &&
		pg_strcasecmp(one, two) == 0;

	curl_free(one);
	curl_free(two);
	return same;
}

bool
drs_url_same_origin(const char *url, const char *other)
{
	CURLU	   *one = curl_url();
	CURLU	   *two = curl_url();
	bool		same = one && two && curl_url_set(one, CURLUPART_URL, url, 0) == CURLUE_OK &&
		curl_url_set(two, CURLUPART_URL, other, 0) == CURLUE_OK &&
		!has_part(one, CURLUPART_USER) && !has_part(one, CURLUPART_PASSWORD) &&
		same_part(one, two, CURLUPART_SCHEME) && same_part(one, two, CURLUPART_HOST) &&
		same_part(one, two, CURLUPART_PORT);

	curl_url_cleanup(one);
	curl_url_cleanup(two);
	return same;
}

char *
drs_url_without_slashes(const char *url)
{
	char	   *copy = pstrdup(url);
	size_t		len = strlen(copy);

	while (len > 0 && copy[len - 1] == '/')
		copy[--len] = '\0';
	return copy;
}

char *
drs_url_join(const char *url, const char *reference)
{
	CURLU	   *parsed = curl_url();
	char	   *text = NULL;
	char	   *joined = NULL;

	if (parsed && reference[0] && curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK &&
		curl_url_set(parsed, CURLUPART_URL, reference, 0) == CURLUE_OK &&
		curl_url_get(parsed, CURLUPART_URL, &text, 0) == CURLUE_OK)
		joined = MemoryContextAllocExtended(CurrentMemoryContext, strlen(text) + 1,
											MCXT_ALLOC_NO_OOM);
	if (joined)
		memcpy(joined, text, strlen(text) + 1);
	curl_free(text);
	curl_url_cleanup(parsed);
	return joined;
}
