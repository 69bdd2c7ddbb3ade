/* Text generation without a language model: the answer is the prompt. */
#ifndef STANDIN_GENERATION_H
#define STANDIN_GENERATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct result;

enum { GENERATION_EXTRAS = 3 };

/* names of the extra model outputs: a count, a text, and one without a value */
extern const char *const generation_extras[GENERATION_EXTRAS];

/* fills result->rows and result->texts */
void		generation_answer(struct result *result);

/* one extra output of a row; false: it has no value */
bool		generation_extra(const struct result *result, size_t row, int which,
							 struct buffer *value, bool *is_number);

#endif
