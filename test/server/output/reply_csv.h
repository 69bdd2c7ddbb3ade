/* Predictions as CSV (docs/api.md 1.6). */
#ifndef STANDIN_REPLY_CSV_H
#define STANDIN_REPLY_CSV_H

#include "base/buffer.h"

struct result;

/* a name that two columns of the answer would have, to be freed; NULL: none */
char	   *reply_csv_collision(const struct result *r);

void		reply_csv(struct buffer *out, const struct result *r);

#endif
