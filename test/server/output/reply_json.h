/* Predictions as JSON (docs/api.md 1.5). */
#ifndef STANDIN_REPLY_JSON_H
#define STANDIN_REPLY_JSON_H

#include "base/buffer.h"

struct result;

void		reply_json(struct buffer *out, const struct result *r);

#endif
