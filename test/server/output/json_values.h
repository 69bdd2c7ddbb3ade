/* The parts of a row of a JSON answer. */
#ifndef STANDIN_JSON_VALUES_H
#define STANDIN_JSON_VALUES_H

#include <stddef.h>

#include "base/buffer.h"

struct cell;
struct result;

void		json_row_number(struct buffer *out, const struct result *r, float value);

/* a value as it was sent; a CSV field that is a number by JSON's grammar becomes one */
void		json_row_cell(struct buffer *out, const struct cell *c);

/* , "predictionExplanations": [...] and what belongs to it; nothing if none were asked for */
void		json_row_explanations(struct buffer *out, const struct result *r, size_t row);

#endif
