/* The explanations in a row of a JSON answer. */
#ifndef STANDIN_JSON_EXPLANATIONS_H
#define STANDIN_JSON_EXPLANATIONS_H

#include <stddef.h>

#include "base/buffer.h"

struct result;

/* , "predictionExplanations": [...] and the SHAP metadata; nothing if none were asked for */
void		json_explanations_write(struct buffer *out, const struct result *r, size_t row);

#endif
