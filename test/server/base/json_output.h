/* Writing JSON text. */
#ifndef STANDIN_JSON_OUTPUT_H
#define STANDIN_JSON_OUTPUT_H

#include "base/buffer.h"

/* a JSON string; bytes that are not UTF-8 become U+FFFD */
void		json_write_string(struct buffer *b, const char *text, size_t len);
void		json_write_text(struct buffer *b, const char *text);

#endif
