/*
 * oracle.c
 *		CSV strictly by RFC 4180: quotes are at both ends of a field, or
 *		doubled inside.  A record ends with LF, CR or both, but if the first
 *		line ends with LF alone, all lines do.  Empty lines between records
 *		are ignored.
 */
#include <string.h>

#include "oracle.h"

static bool
ends_field(const Oracle *oracle)
{
	const char *ends = oracle->feeds_only ? ",\n" : ",\r\n";

	return oracle->at == oracle->len || strchr(ends, oracle->text[oracle->at]) != NULL;
}

static bool
at_line_end(const Oracle *oracle)
{
	return oracle->at < oracle->len &&
		((oracle->text[oracle->at] == '\r' && !oracle->feeds_only) ||
		 oracle->text[oracle->at] == '\n');
}

/* strchr() finds a NUL too: it is no separator */
static bool
is_nul(const Oracle *oracle)
{
	return oracle->at < oracle->len && oracle->text[oracle->at] == '\0';
}

static char *
read_quoted(Oracle *oracle, char *to)
{
	oracle->at++;
	for (;;)
	{
		if (oracle->at == oracle->len)
		{
			oracle->broken = true;
			return to;
		}
		if (oracle->text[oracle->at] == '"')
		{
			oracle->at++;
			if (oracle->at == oracle->len || oracle->text[oracle->at] != '"')
				break;
		}
		*to++ = oracle->text[oracle->at++];
	}
	if (!ends_field(oracle) || is_nul(oracle))
		oracle->broken = true;
	return to;
}

static char *
read_bare(Oracle *oracle, char *to)
{
	while (!ends_field(oracle) || is_nul(oracle))
	{
		if (oracle->text[oracle->at] == '"')
			oracle->broken = true;
		*to++ = oracle->text[oracle->at++];
	}
	return to;
}

/* Find the first LF outside of quotes, and whether it follows a CR. */
static void
look_at_first_line(Oracle *oracle)
{
	size_t		quotes = 0;

	oracle->knows_end = true;
	for (size_t i = 0; i < oracle->len; i++)
	{
		quotes += oracle->text[i] == '"';
		if (oracle->text[i] != '\n' || quotes % 2 == 1)
			continue;
		oracle->feeds_only = i == 0 || oracle->text[i - 1] != '\r';
		return;
	}
}

bool
drs_oracle_next(Oracle *oracle)
{
	char	   *to = oracle->bytes;
	const int	max = sizeof(oracle->fields) / sizeof(oracle->fields[0]);

	if (!oracle->knows_end)
		look_at_first_line(oracle);
	while (at_line_end(oracle))
		oracle->at++;
	oracle->nfields = 0;
	if (oracle->at == oracle->len || oracle->broken)
		return false;
	for (;;)
	{
		char	   *start = to;
		bool		quoted = oracle->at < oracle->len && oracle->text[oracle->at] == '"';

		to = quoted ? read_quoted(oracle, to) : read_bare(oracle, to);
		if (oracle->broken)
			return false;
		if (oracle->nfields < max)
		{
			oracle->fields[oracle->nfields].text = to == start && !quoted ? NULL : start;
			oracle->fields[oracle->nfields].len = to - start;
		}
		oracle->nfields++;
		*to++ = '\0';
		if (oracle->at == oracle->len || at_line_end(oracle))
			return true;
		oracle->at++;			/* the comma */
	}
}
