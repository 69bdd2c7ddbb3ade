/* Bodies in encodings other than UTF-8. */
#ifndef STANDIN_CHARSET_H
#define STANDIN_CHARSET_H

#include <stdbool.h>

#include "base/buffer.h"

struct reply;

/*
 * the charset parameter of a content type, in lower case; "utf-8" if it has none; false: too long
 */
bool		charset_of(const char *content_type, char *out, size_t size);

/* the name that iconv has for an encoding that Python calls so, in lower case; false: too long */
bool		charset_name(const char *python, char *out, size_t size);

/* is it the name of an encoding? */
bool		charset_is_known(const char *name);

/* is this a name for UTF-8? */
bool		charset_is_utf8(const char *name);

/* converts the text to UTF-8 and checks it; false: an error is in the reply */
bool		charset_to_utf8(struct buffer *text, const char *name, struct reply *reply);

#endif
