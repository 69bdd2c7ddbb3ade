/* Writing CSV text. */
#ifndef STANDIN_CSV_OUTPUT_H
#define STANDIN_CSV_OUTPUT_H

#include "base/buffer.h"

/* quoted where it has to be */
void		csv_write_field(struct buffer *b, const char *text, size_t len);
void		csv_write_text(struct buffer *b, const char *text);

#endif
