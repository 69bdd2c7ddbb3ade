/*
 * servermessage.c
 *		Reads the bodies of errors (docs/api.md 1.8), which may be hostile.
 */
#include "postgres.h"

#include <ctype.h>

#include "mb/pg_wchar.h"

#include "base/compat.h"
#include "base/mask.h"
#include "base/servermessage.h"

#define MAX_QUOTED 500			/* bytes of a server's text in a message of ours */

/* The value of a top-level field of an object, if it was found. */
typedef struct FieldValue
{
	char	   *text;			/* of a scalar, unescaped; NULL: none, or null */
	const char *start;			/* of an object or array, in the input; NULL: none */
	const char *end;
} FieldValue;

/* State of the parser. */
typedef struct ErrorBody
{
	JsonLexContext *lex;
	int			depth;
	FieldValue *inside;			/* the value being read; NULL when it is that of another field */
	FieldValue	message;
	FieldValue	errors;
} ErrorBody;

static drs_json_result
on_nest(void *arg)
{
	ErrorBody  *body = arg;

	if (body->inside && body->depth == 1)
		body->inside->start = body->lex->token_start;
	body->depth++;
	return DRS_JSON_CONTINUE;
}

static drs_json_result
on_unnest(void *arg)
{
	ErrorBody  *body = arg;

	body->depth--;
	if (body->inside && body->depth == 1)
		body->inside->end = body->lex->prev_token_terminator;
	return DRS_JSON_CONTINUE;
}

static drs_json_result
on_field_start(void *arg, char *name, bool isnull)
{
	ErrorBody  *body = arg;

	if (body->depth == 1)
		body->inside = strcmp(name, "message") == 0 ? &body->message :
			strcmp(name, "errors") == 0 ? &body->errors : NULL;
	return DRS_JSON_CONTINUE;
}

static drs_json_result
on_scalar(void *arg, char *token, JsonTokenType type)
{
	ErrorBody  *body = arg;

	if (body->inside && body->depth == 1 && type != JSON_TOKEN_NULL)
		body->inside->text = token;
	return DRS_JSON_CONTINUE;
}

/* A string's text, or another value as it is in the input; NULL when the field was not found. */
static char *
field_text(const FieldValue *value)
{
	if (value->text)
		return value->text;
	if (value->start == NULL || value->end <= value->start)
		return NULL;
	return pnstrdup(value->start, value->end - value->start);
}

/*
 * The value of "message", and that of the public API's "errors", which says
 * what is wrong with which field.  NULL when the JSON has no message.
 */
static char *
json_message(char *json, int len)
{
	ErrorBody	body = {.lex = drs_json_lexer(json, len, PG_UTF8)};
	JsonSemAction actions = {0};
	char	   *message;
	char	   *errors;

	actions.semstate = &body;
	actions.object_start = actions.array_start = on_nest;
	actions.object_end = actions.array_end = on_unnest;
	actions.object_field_start = on_field_start;
	actions.scalar = on_scalar;
	if (pg_parse_json(body.lex, &actions) != JSON_SUCCESS)
		return NULL;
	message = field_text(&body.message);
	errors = message ? field_text(&body.errors) : NULL;
	return errors ? psprintf("%s: %s", message, errors) : message;
}

/* JSON nested deeper than this is not an error message, and the parser recurses. */
#define MAX_DEPTH 100

/*
 * Prepare JSON for the parser, in place; false when it is nested too deeply.
 * If the database's encoding is not UTF-8, escapes beyond ASCII become
 * question marks, because PostgreSQL 15 raises for those that have no
 * equivalent.
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
 * Replace escapes of printable ASCII by the characters themselves, in place,
 * so that secrets are found in JSON that is quoted as it is.
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
			*to++ = *from++;	/* what it escapes does not begin another escape */
		*to++ = *from++;
	}
	*to = '\0';
}

/*
 * Blank out what a terminal could interpret: control characters, including
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

/* Are these the digits of a JSON escape of a character that blank_controls blanks out? */
static bool
escapes_control(const char *digits)
{
	unsigned	code = 0;

	if (strspn(digits, "0123456789abcdefABCDEF") < 4 || sscanf(digits, "%4x", &code) != 1)
		return false;
	/* a NUL is left, so that the JSON is refused */
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

	/* the cut may have split a character: drop that, so that the rest is valid */
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
