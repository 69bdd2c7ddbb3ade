/*
 * sentseries.c
 *		Detects forecasts for time series that were not sent.
 *
 * A server may add rows, but not series.  The bodies of requests are dropped
 * before their answers are decoded, so a hash of 128 bits is kept of the name
 * of each series.  Names that are the same number count as the same: a server
 * that reads 007 as a number writes 7, or 7.0.
 */
#include "postgres.h"

#include <math.h>

#include "common/hashfn.h"
#include "utils/memutils.h"

#include "base/servermessage.h"
#include "decode/sentseries.h"

#define MAX_QUOTED 40			/* bytes of a name in a message */
#define MAX_NUMBER 40			/* longer texts are not numbers */

struct SentSet
{
	int			column;			/* of the answer */
	int			nnames;
	SeriesName *names;			/* sorted by hash */
};

static int
compare_names(const void *a, const void *b)
{
	const SeriesName *x = a;
	const SeriesName *y = b;

	if (x->high != y->high)
		return x->high < y->high ? -1 : 1;
	return x->low == y->low ? 0 : x->low < y->low ? -1 : 1;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Spell a number in one canonical way and return its length; 0: the text is not a number. */
static size_t
spell_number(const char *text, size_t len, char *spelled)
{
	char		number[MAX_NUMBER + 1];
	char	   *end;
	double		value;

	if (len == 0 || len > MAX_NUMBER)
		return 0;
	memcpy(number, text, len);
	number[len] = '\0';
	value = strtod(number, &end);
	if (*end != '\0' || !isfinite(value))
		return 0;
	return snprintf(spelled, MAX_NUMBER, "%.15g", value);
}

/* The hash of a name, without the blanks around it. */
static SeriesName
hash_name(const char *text, size_t len)
{
	char		spelled[MAX_NUMBER];
	size_t		spelled_len;
	SeriesName	name = {0};

	for (; len > 0 && is_blank(*text); text++)
		len--;
	while (len > 0 && is_blank(text[len - 1]))
		len--;
	spelled_len = spell_number(text, len, spelled);
	if (spelled_len > 0)
	{
		text = spelled;
		len = spelled_len;
	}
	name.low = hash_bytes_extended((const unsigned char *) text, (int) len, 0);
	name.high = hash_bytes_extended((const unsigned char *) text, (int) len, 1);
	return name;
}

void
drs_sent_note(Chunk *chunk, uint64 row, const char *name)
{
	SeriesName	sent = hash_name(name, strlen(name));

	sent.row = row;
	drs_chunk_add_series(chunk, &sent);
}

/* The column of an answer that contains the series of a forecast. */
static int
series_column(const Layout *layout, const char *name)
{
	return layout->is_json && layout->roles[ROLE_SERIES] >= 0 ? layout->roles[ROLE_SERIES] :
		drs_layout_find_exactly(layout, name);
}

SentSet *
drs_sent_of(const Chunk *chunk, const Layout *layout, const char *name)
{
	SentSet    *set;
	int			column = chunk->nseries > 0 && name ? series_column(layout, name) : -1;

	if (column < 0)
		return NULL;
	set = palloc0(sizeof(SentSet));
	set->column = column;
	set->names = palloc_extended(sizeof(SeriesName) * chunk->nseries, MCXT_ALLOC_HUGE);
	for (int i = 0; i < chunk->nseries; i++)
		if (chunk->series[i].row >= chunk->first_row &&
			chunk->series[i].row < chunk->first_row + chunk->nrows)
			set->names[set->nnames++] = chunk->series[i];
	qsort(set->names, set->nnames, sizeof(SeriesName), compare_names);
	return set;
}

void
drs_sent_check(const SentSet *set, const ReplyRow *row)
{
	const ReplyField *field = &row->fields[set->column];
	SeriesName	name;

	if (field->text == NULL)
		return;
	name = hash_name(field->text, field->len);
	if (bsearch(&name, set->names, set->nnames, sizeof(SeriesName), compare_names))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the answer has a forecast for a time series that was not sent"),
			 errdetail("It is for series %s.",
					   drs_one_line(field->text, field->len, MAX_QUOTED))));
}
