/* Words of a text, and the words and pairs of words that a model knows. */
#ifndef STANDIN_NGRAMS_H
#define STANDIN_NGRAMS_H

#include <stddef.h>

/* Where one is in the text, in characters, not bytes; the end is exclusive. */
struct ngram_place
{
	size_t		term;			/* index in the known terms */
	size_t		start;
	size_t		end;
};

typedef void (*ngram_take) (void *data, const struct ngram_place *place);

/*
 * Calls back for each known term, in the order of the text. The terms are in lower case and sorted
 * by their bytes; words are separated by white space.
 */
void		ngrams_find(const char *text, size_t len, const char *const *terms, size_t n_terms,
						ngram_take take, void *data);

/* how often each known term occurs */
void		ngrams_count(const char *text, size_t len, const char *const *terms, size_t n_terms,
						 float *counts);

/* the number of words, known or not */
size_t		ngrams_words(const char *text, size_t len);

#endif
