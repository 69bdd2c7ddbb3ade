/* Compressed bodies: gzip and bz2. */
#ifndef STANDIN_INFLATE_H
#define STANDIN_INFLATE_H

#include <stdbool.h>

#include "base/buffer.h"

struct reply;

enum coding { CODING_IDENTITY, CODING_GZIP, CODING_BZ2, CODING_UNKNOWN };

enum coding inflate_coding(const char *content_encoding);

/* unpacks the body in place; max: bytes of the result; false: an error is in the reply */
bool		inflate_body(struct buffer *body, enum coding coding, size_t max, struct reply *reply);

#endif
