/* Predictions as CSV: reference section 1.6. */
#ifndef STANDIN_REPLY_CSV_H
#define STANDIN_REPLY_CSV_H

#include "base/buffer.h"

struct result;

/* NULL, or the name that two columns of the answer would have; to be freed */
char	   *reply_csv_collision(const struct result *r);

void		reply_csv(struct buffer *out, const struct result *r);

#endif
