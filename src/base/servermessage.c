/*
 * servermessage.c
 *		Reads the bodies of errors (docs/api.md 1.8), hostile ones included.
 */
#include "postgres.h"

#include <ctype.h>

#include "mb/pg_wchar.h"

#include "base/compat.h"
#include "base/mask.h"
#include "base/servermessage.h"

#define MAX_QUOTED 500			/* bytes of a server's text in a message of ours */

/* State of the search for a top-level field. */
typedef struct Search
{
	const char *wanted;			/* its name */
	JsonLexContext *lex;
	int			depth;
	bool		inside;			/* within its value */
	char	   *text;			/* a scalar value, unescaped */
	const char *start;			/* where an object or array value starts in the input */
	const char *end;
} Search;

static drs_json_result
on_nest(void *arg)
{
	Search	   *search = arg;

	if (search->inside && search->depth == 1)
		search->start = search->lex->token_start;
	search->depth++;
	return DRS_JSON_CONTINUE;
}

static drs_json_result
on_unnest(void *arg)
{
	Search	   *search = arg;

	search->depth--;
	if (search->inside && search->depth == 1)
		search->end = search->lex->prev_token_terminator;
	return DRS_JSON_CONTINUE;
}

static drs_json_result
on_field_start(void *arg, char *name, bool isnull)
{
	Search	   *search = arg;

	if (search->depth == 1 && strcmp(name, search->wanted) == 0)
		search->inside = true;
	return DRS_JSON_CONTINUE;
}

static drs_json_result
on_field_end(void *arg, char *name, bool isnull)
{
	Search	   *search = arg;

	if (search->depth == 1)
		search->inside = false;
	return DRS_JSON_CONTINUE;
}

static drs_json_result
on_scalar(void *arg, char *token, JsonTokenType type)
{
	Search	   *search = arg;

	if (search->inside && search->depth == 1 && type != JSON_TOKEN_NULL)
		search->text = token;
	return DRS_JSON_CONTINUE;
}

/*
 * The value of a field of a JSON object: a string's text,
 * or another value as it stands.  NULL: none.
 */
static char *
json_field(char *json, int len, const char *name)
{
	Search		search = {.wanted = name};
	JsonSemAction actions = {0};

	search.lex = drs_json_lexer(json, len, PG_UTF8);
	actions.semstate = &search;
	actions.object_start = actions.array_start = on_nest;
	actions.object_end = actions.array_end = on_unnest;
	actions.object_field_start = on_field_start;
	actions.object_field_end = on_field_end;
	actions.scalar = on_scalar;
	if (pg_parse_json(search.lex, &actions) != JSON_SUCCESS)
		return NULL;
	if (search.text)
		return search.text;
	return search.start && search.end > search.start ?
		pnstrdup(search.start, search.end - search.start) : NULL;
}

/* "message", and the public API's "errors", which say what about which field. */
static char *
json_message(char *json, int len)
{
	char	   *message = json_field(json, len, "message");
	char	   *errors = message ? json_field(json, len, "errors") : NULL;

	return errors ? psprintf("%s: %s", message, errors) : message;
}

/* JSON nested deeper than this is not an error message, and the parser recurses. */
#define MAX_DEPTH 100

/*
 * Prepare JSON for the parser, in place: false when it is nested too deeply.
 * Where the database's encoding is not UTF-8, escapes beyond ASCII become
 * question marks, since PostgreSQL 15 raises for those without an equivalent.
 */
static bool
prepare_json(char *json)
{
	bool		utf8 = GetDatabaseEncoding() == PG_UTF8;
	bool		quoted = false;
	int			depth = 0;

	for (char *c = json; *c; c++)
	{
		if (quoted && *c == '\\' && c[1])
		{
			c++;
			if (*c == 'u' && !utf8 && strspn(c + 1, "0123456789abcdefABCDEF") >= 4 &&
				(strncmp(c + 1, "00", 2) != 0 || c[3] > '7'))
				memcpy(c + 1, "003f", 4);
		}
		else if (*c == '"')
			quoted = !quoted;
		else if (!quoted && (*c == '{' || *c == '['))
			depth++;
		else if (!quoted && (*c == '}' || *c == ']'))
			depth--;
		if (depth > MAX_DEPTH)
			return false;
	}
	return true;
}

/*
 * Write letters of ASCII as themselves, in place, where JSON spells them by an
 * escape: what is quoted as it stands may have a secret among them.
 */
static void
plain_escapes(char *json)
{
	char	   *to = json;

	for (char *from = json; *from;)
	{
		int			letter = -1;

		if (from[0] == '\\' && from[1] == '/')
			letter = '/';
		else if (strncmp(from, "\\u00", 4) == 0 && isxdigit((unsigned char) from[4]) &&
				 isxdigit((unsigned char) from[5]))
			letter = (int) strtol(pnstrdup(from + 4, 2), NULL, 16);
		if (letter > ' ' && letter <= '~' && letter != '"' && letter != '\\')
		{
			from += from[1] == '/' ? 2 : 6;
			*to++ = (char) letter;
			continue;
		}
		if (from[0] == '\\' && from[1])
			*to++ = *from++;	/* whatever it escapes is no escape itself */
		*to++ = *from++;
	}
	*to = '\0';
}

/*
 * Blank out what a terminal could take for a command: controls, also those of
 * U+0080 to U+009F, ends of lines, and changes of direction.
 */
static void
blank_controls(char *text, bool utf8)
{
	for (unsigned char *c = (unsigned char *) text; *c; c++)
	{
		if (*c < ' ' || *c == 0x7f)
			*c = ' ';
		else if (utf8 && c[0] == 0xC2 && c[1] >= 0x80 && c[1] <= 0x9F)
			c[0] = c[1] = ' ';
		else if (utf8 && c[0] == 0xE2 && ((c[1] == 0x80 && c[2] >= 0xA8 && c[2] <= 0xAE) ||
										  (c[1] == 0x81 && c[2] >= 0xA6 && c[2] <= 0xA9)))
			c[0] = c[1] = c[2] = ' ';
	}
}

/* Is it the escape, in JSON, of a character that blank_controls takes out? */
static bool
escapes_control(const char *digits)
{
	unsigned	code = 0;

	if (strspn(digits, "0123456789abcdefABCDEF") < 4 || sscanf(digits, "%4x", &code) != 1)
		return false;
	/* a NUL stays one, which is refused */
	return (code > 0 && code < ' ') || (code >= 0x7F && code <= 0x9F) ||
		(code >= 0x2028 && code <= 0x202E) ||
		(code >= 0x2066 && code <= 0x2069);
}

void
drs_clean_json(char *json)
{
	bool		quoted = false;

	blank_controls(json, true);
	for (char *c = json; *c; c++)
	{
		if (*c == '"')
			quoted = !quoted;
		if (!quoted || *c != '\\' || c[1] == '\0')
			continue;
		c++;
		if (strchr("bfnrt", *c) != NULL)
			c[-1] = c[0] = ' ';
		else if (*c == 'u' && escapes_control(c + 1))
			memcpy(c + 1, "0020", 4);
	}
}

char *
drs_one_line(const char *bytes, size_t len, size_t max)
{
	char	   *copy = pnstrdup(bytes, Min(len, max));
	char	   *text;
	size_t		end = strlen(copy);

	/* a cut may have gone through a character: take that off rather than call all of it bad */
	for (int i = 0; i < 4 && end > 0 && len > max && !pg_verify_mbstr(PG_UTF8, copy, end, true);
		 i++)
		end--;
	copy[end] = '\0';
	if (!pg_verify_mbstr(PG_UTF8, copy, end, true) || GetDatabaseEncoding() != PG_UTF8)
		for (char *c = copy; *c; c++)
			if (IS_HIGHBIT_SET(*c))
				*c = '?';
	blank_controls(copy, GetDatabaseEncoding() == PG_UTF8);
	text = copy + strspn(copy, " ");
	end = strlen(text);
	while (end > 0 && text[end - 1] == ' ')
		end--;
	text[end] = '\0';
	return text;
}

char *
drs_server_message(const char *body, size_t len, List *secrets)
{
	char	   *json = pnstrdup(body ? body : "", body ? len : 0);
	char	   *text = NULL;

	plain_escapes(json);
	if (len > 0 && pg_verify_mbstr(PG_UTF8, body, len, true) && prepare_json(json))
		text = json_message(json, strlen(json));
	if (text == NULL)
	{
		text = pnstrdup(body ? body : "", body ? len : 0);
		plain_escapes(text);
	}
	drs_mask_secrets(text, strlen(text), secrets, 1);	/* before it is cut */
	text = drs_one_line(text, strlen(text), MAX_QUOTED);
	return text[0] ? text : NULL;
}
