/*
 * jsonreader.c
 *		Finds the rows in the outermost object of a JSON answer.
 *
 * Rows are the elements of "data", or of "predictions" in the answers of old
 * servers (docs/api.md 1.5).  Finding where each ends takes no more than
 * counting brackets outside of strings, and makes it possible to parse them
 * one by one.
 */
#include <stdint.h>
#include <string.h>

#include "decode/jsonreader.h"

#define MAX_DEPTH 64			/* of a row or another member; answers have 6 */

enum
{
	AT_START,
	AT_NAME,					/* of a member: the first one, or one after a comma */
	AT_FIRST_ROW,
	AFTER_ROW,
	AFTER_MEMBER,
	AT_END
};

void
drs_jsonreader_init(JsonReader *reader, const char *text, size_t len)
{
	memset(reader, 0, sizeof(*reader));
	reader->text = text;
	reader->len = len;
	reader->state = AT_START;
}

static JsonStatus
broken(JsonReader *reader, const char *problem)
{
	if (reader->problem == NULL)
		reader->problem = problem;
	return JSON_BROKEN;
}

/* The next byte that is not white space, not taken yet; NUL at the end. */
static char
peek(JsonReader *reader)
{
	while (reader->at < reader->len && strchr(" \t\r\n", reader->text[reader->at]) &&
		   reader->text[reader->at])
		reader->at++;
	return reader->at < reader->len ? reader->text[reader->at] : '\0';
}

static bool
accept(JsonReader *reader, char c)
{
	if (peek(reader) != c || reader->at == reader->len)
		return false;
	reader->at++;
	return true;
}

/* Skip the string that begins here; false when it has no end. */
static bool
skip_string(JsonReader *reader)
{
	for (reader->at++; reader->at < reader->len; reader->at++)
	{
		char		c = reader->text[reader->at];

		if (c == '\\')
			reader->at++;
		else if (c == '"')
		{
			reader->at++;
			return true;
		}
	}
	reader->at = reader->len;
	return false;
}

/*
 * Skip the object or array that begins here; false when it has no end, is
 * nested too deeply, or brackets do not match.
 */
static bool
skip_nest(JsonReader *reader)
{
	char		closers[MAX_DEPTH];
	int			depth = 0;

	while (reader->at < reader->len)
	{
		char		c = reader->text[reader->at];

		if (c == '"')
		{
			if (!skip_string(reader))
				return false;
			continue;
		}
		reader->at++;
		if (c == '{' || c == '[')
		{
			if (depth == MAX_DEPTH)
			{
				reader->problem = "it is nested too deeply";
				return false;
			}
			closers[depth++] = c == '{' ? '}' : ']';
		}
		else if ((c == '}' || c == ']') && closers[--depth] != c)
		{
			reader->problem = "brackets do not match";
			return false;
		}
		if (depth == 0)
			return true;
	}
	return false;
}

static bool
skip_value(JsonReader *reader)
{
	char		c = peek(reader);
	size_t		start = reader->at;

	if (c == '{' || c == '[')
		return skip_nest(reader);
	if (c == '"')
		return skip_string(reader);
	while (reader->at < reader->len && reader->text[reader->at] &&
		   !strchr(" \t\r\n,:{}[]\"", reader->text[reader->at]))
		reader->at++;
	return reader->at > start;
}

/* Take the value that begins here; returns status if it is complete. */
static JsonStatus
take(JsonReader *reader, JsonStatus status, const char **part, size_t *len)
{
	size_t		start;

	(void) peek(reader);
	start = reader->at;
	if (!skip_value(reader))
		return broken(reader,
					  reader->at == reader->len ? "it ends too early" : "a value is missing");
	*part = reader->text + start;
	*len = reader->at - start;
	return status;
}

static const char *const data_name = "\"data\"";
static const char *const predictions_name = "\"predictions\"";

static bool
is_named(const char *name, size_t len, const char *wanted)
{
	return len == strlen(wanted) && memcmp(name, wanted, len) == 0;
}

static JsonStatus
next_member(JsonReader *reader, const char **part, size_t *len)
{
	size_t		start;
	bool		predictions;

	if (peek(reader) != '"')
		return broken(reader, reader->at == reader->len ? "it ends too early" :
					  "the name of a member is missing");
	start = reader->at;
	if (!skip_string(reader))
		return broken(reader, "it ends too early");
	predictions = is_named(reader->text + start, reader->at - start, predictions_name);
	if (predictions || is_named(reader->text + start, reader->at - start, data_name))
	{
		if (reader->has_rows)
			return broken(reader, "it has two lists of predictions");
		reader->has_rows = true;
		reader->in_bare = reader->bare && predictions;
		if (!accept(reader, ':') || !accept(reader, '['))
			return broken(reader, "its predictions are not a list");
		reader->state = AT_FIRST_ROW;
		return JSON_ROW;
	}
	if (!accept(reader, ':'))
		return broken(reader, "the value of a member is missing");
	reader->state = AFTER_MEMBER;
	return take(reader, JSON_MEMBER, part, len);
}

static JsonStatus
next_row(JsonReader *reader, const char **part, size_t *len)
{
	if (peek(reader) != '{' && !reader->in_bare)
		return broken(reader, reader->at == reader->len ? "it ends too early" :
					  "a prediction is not an object");
	reader->state = AFTER_ROW;
	return take(reader, JSON_ROW, part, len);
}

static JsonStatus
at_end(JsonReader *reader)
{
	if (peek(reader) != '\0' || reader->at < reader->len)
		return broken(reader, "something follows its end");
	return reader->has_rows ? JSON_END : broken(reader, "it has no member \"data\"");
}

JsonStatus
drs_jsonreader_next(JsonReader *reader, const char **part, size_t *len)
{
	if (reader->problem)
		return JSON_BROKEN;
	if (reader->state == AT_START)
	{
		if (!accept(reader, '{'))
			return broken(reader, "it is not an object");
		reader->state = accept(reader, '}') ? AT_END : AT_NAME;
	}
	if (reader->state == AFTER_ROW && accept(reader, ','))
		return next_row(reader, part, len);
	if (reader->state == AT_FIRST_ROW || reader->state == AFTER_ROW)
	{
		if (accept(reader, ']'))
			reader->state = AFTER_MEMBER;
		else if (reader->state == AT_FIRST_ROW)
			return next_row(reader, part, len);
		else
			return broken(reader,
						  reader->at == reader->len ? "it ends too early" : "a comma is missing");
	}
	if (reader->state == AFTER_MEMBER)
	{
		if (accept(reader, ','))
			reader->state = AT_NAME;
		else if (accept(reader, '}'))
			reader->state = AT_END;
		else
			return broken(reader,
						  reader->at == reader->len ? "it ends too early" : "a comma is missing");
	}
	if (reader->state == AT_END)
		return at_end(reader);
	if (next_member(reader, part, len) == JSON_BROKEN)
		return JSON_BROKEN;
	return reader->state == AT_FIRST_ROW ? drs_jsonreader_next(reader, part, len) : JSON_MEMBER;
}
