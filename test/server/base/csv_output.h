/* Writing CSV text. */
#ifndef STANDIN_CSV_OUTPUT_H
#define STANDIN_CSV_OUTPUT_H

#include "base/buffer.h"

/* a field, quoted where necessary */
void		csv_write_field(struct buffer *b, const char *text, size_t len);
void		csv_write_text(struct buffer *b, const char *text);

#endif
