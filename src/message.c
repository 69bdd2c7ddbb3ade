/*
 * message.c
 *		Reads the error bodies of section 1.8 of the reference, hostile ones included.
 *		PostgreSQL licence.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "compat.h"
#include "message.h"

#define MAX_QUOTED 500			/* bytes of a server's text in a message of ours */

/* State of the search for the top-level field "message". */
typedef struct Search
{
	JsonLexContext *lex;
	int			depth;
	bool		inside;			/* within the value of "message" */
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

	if (search->depth == 1 && strcmp(name, "message") == 0)
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

	if (search->inside && search->depth == 1)
		search->text = token;
	return DRS_JSON_CONTINUE;
}

/* The value of "message" in a JSON object: a string's text, or another value as it stands.  NULL: none. */
static char *
json_message(char *json, int len)
{
	Search		search = {0};
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
	return search.start && search.end > search.start ? pnstrdup(search.start, search.end - search.start) : NULL;
}

/* JSON nested deeper than this is not an error message, and the parser recurses. */
#define MAX_DEPTH 100

static bool
is_shallow(const char *json, size_t len)
{
	int			depth = 0;

	for (size_t i = 0; i < len && depth <= MAX_DEPTH; i++)
		depth += json[i] == '{' || json[i] == '[' ? 1 : json[i] == '}' || json[i] == ']' ? -1 : 0;
	return depth <= MAX_DEPTH;
}

char *
drs_one_line(const char *bytes, size_t len, size_t max)
{
	char	   *copy = pnstrdup(bytes, Min(len, max));
	char	   *text;
	size_t		end = strlen(copy);

	/* a cut may have gone through a character: take that off rather than call all of it bad */
	for (int i = 0; i < 4 && end > 0 && len > max && !pg_verify_mbstr(PG_UTF8, copy, end, true); i++)
		end--;
	copy[end] = '\0';
	if (!pg_verify_mbstr(PG_UTF8, copy, end, true) || GetDatabaseEncoding() != PG_UTF8)
		for (char *c = copy; *c; c++)
			if (IS_HIGHBIT_SET(*c))
				*c = '?';
	for (char *c = copy; *c; c++)
		if ((unsigned char) *c < ' ' || *c == 0x7f)
			*c = ' ';
	text = copy + strspn(copy, " ");
	end = strlen(text);
	while (end > 0 && text[end - 1] == ' ')
		end--;
	text[end] = '\0';
	return text;
}

char *
drs_server_message(const char *body, size_t len)
{
	char	   *text = NULL;

	if (len > 0 && pg_verify_mbstr(PG_UTF8, body, len, true) && is_shallow(body, len))
		text = json_message(pnstrdup(body, len), len);
	text = text ? drs_one_line(text, strlen(text), MAX_QUOTED) : drs_one_line(body ? body : "", len, MAX_QUOTED);
	return text[0] ? text : NULL;
}
