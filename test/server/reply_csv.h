/* Predictions as CSV: reference section 1.6. */
#ifndef STANDIN_REPLY_CSV_H
#define STANDIN_REPLY_CSV_H

#include "buffer.h"

struct result;

void		reply_csv(struct buffer *out, const struct result *r);

#endif
