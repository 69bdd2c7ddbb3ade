/* From ordinary CSV in UTF-8 to the format and encoding that a job asks for (docs/api.md 2.5). */
#ifndef STANDIN_BATCH_FORMAT_H
#define STANDIN_BATCH_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct batch_format;

struct batch_format *batch_format_new(char delimiter, char quote, const char *charset);

/* other separators; does nothing if they are the ordinary ones */
void		batch_format_separate(const struct batch_format *f, struct buffer *text);

/* the encoding; false: a character is not in it */
bool		batch_format_encode(struct batch_format *f, struct buffer *text);

/* a field with the job's quotes where necessary */
void		batch_format_field(const struct batch_format *f, struct buffer *out, const char *text,
							   size_t len);

/*
 * Takes the text of a field without its quotes, up to the end of the field, which it returns. It
 * is that of the bytes, or a separator.
 */
const char *batch_format_read(const struct batch_format *f, const char *at, const char *end,
							  struct buffer *field);
void		batch_format_free(struct batch_format *f);

#endif
