/* Predictions in the JSON of the API before 1.0 (docs/api.md 1.5). */
#ifndef STANDIN_REPLY_V1_H
#define STANDIN_REPLY_V1_H

#include "base/buffer.h"

struct result;

void		reply_v1(struct buffer *out, const struct result *r, double milliseconds);

#endif
