#include "scoring/ngrams.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/utf8.h"

enum { TERM_MAX = 128 };

/* A word in the text, in bytes and in characters. */
struct word
{
	size_t		at;
	size_t		len;
	size_t		start;			/* in characters */
	size_t		width;
};

static bool
next_word(const char *text, size_t len, struct word *w)
{
	size_t		at = w->at + w->len;
	size_t		start = w->start + w->width;

	for (; at < len && isspace((unsigned char) text[at]); at++)
		start++;
	if (at == len)
		return false;
	*w = (struct word) {.at = at, .start = start};
	while (at + w->len < len && !isspace((unsigned char) text[at + w->len]))
		w->len++;
	w->width = utf8_count(text + at, w->len);
	return true;
}

/* The term in lower case with one space between its words; false: longer than any known term. */
static bool
spell(char *out, const char *text, const struct word *first, const struct word *last)
{
	size_t		len = 0;

	if (first->len + last->len + 2 > TERM_MAX)
		return false;
	for (size_t i = 0; i < first->len; i++)
		out[len++] = (char) tolower((unsigned char) text[first->at + i]);
	if (last != first)
	{
		out[len++] = ' ';
		for (size_t i = 0; i < last->len; i++)
			out[len++] = (char) tolower((unsigned char) text[last->at + i]);
	}
	out[len] = '\0';
	return true;
}

static bool
look_up(const char *term, const char *const *terms, size_t n_terms, size_t *found)
{
	size_t		low = 0;
	size_t		high = n_terms;

	while (low < high)
	{
		size_t		middle = low + (high - low) / 2;
		int			order = strcmp(term, terms[middle]);

		if (order == 0)
		{
			*found = middle;
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

void
ngrams_find(const char *text, size_t len, const char *const *terms, size_t n_terms,
			ngram_take take, void *data)
{
	struct word before = {0};
	struct word w = {0};
	bool		has_before = false;
	char		term[TERM_MAX];

	while (next_word(text, len, &w))
	{
		struct ngram_place place = {.start = before.start, .end = w.start + w.width};

		if (has_before && spell(term, text, &before, &w)
			&& look_up(term, terms, n_terms, &place.term))
			take(data, &place);
		place.start = w.start;
		if (spell(term, text, &w, &w) && look_up(term, terms, n_terms, &place.term))
			take(data, &place);
		before = w;
		has_before = true;
	}
}

static void
count_one(void *data, const struct ngram_place *place)
{
	((float *) data)[place->term]++;
}

void
ngrams_count(const char *text, size_t len, const char *const *terms, size_t n_terms, float *counts)
{
	memset(counts, 0, n_terms * sizeof *counts);
	ngrams_find(text, len, terms, n_terms, count_one, counts);
}

size_t
ngrams_words(const char *text, size_t len)
{
	struct word w = {0};
	size_t		count = 0;

	while (next_word(text, len, &w))
		count++;
	return count;
}
