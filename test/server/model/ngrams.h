/* Words and pairs of words of a text, among those a model knows. */
#ifndef STANDIN_NGRAMS_H
#define STANDIN_NGRAMS_H

#include <stddef.h>

/* where one stands, in characters (not bytes); the end is behind its last one */
struct ngram_place
{
	size_t		term;			/* its place among the known ones */
	size_t		start;
	size_t		end;
};

typedef void (*ngram_take) (void *data, const struct ngram_place *place);

/*
 * call back for each known one, in the order of the text. The terms are in the order of their
 * bytes, lower case; words are what stands between blanks.
 */
void		ngrams_find(const char *text, size_t len, const char *const *terms, size_t n_terms,
						ngram_take take, void *data);

/* how often each known one occurs */
void		ngrams_count(const char *text, size_t len, const char *const *terms, size_t n_terms,
						 float *counts);

/* all words, known or not */
size_t		ngrams_words(const char *text, size_t len);

#endif
