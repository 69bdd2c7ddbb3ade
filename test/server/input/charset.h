/* Bodies in other encodings than UTF-8. */
#ifndef STANDIN_CHARSET_H
#define STANDIN_CHARSET_H

#include <stdbool.h>

#include "base/buffer.h"

struct reply;

/*
 * the charset parameter of a content type in plain lower case ("utf-8" if there is none); false:
 * too long
 */
bool		charset_of(const char *content_type, char *out, size_t size);

/* is this a name for UTF-8? */
bool		charset_is_utf8(const char *name);

/* turn the text into UTF-8 in place and check it; false: an error is in the reply */
bool		charset_to_utf8(struct buffer *text, const char *name, struct reply *reply);

#endif
