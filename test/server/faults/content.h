/* Which rows of a body hold a value in one of their fields; for faults that wait for it. */
#ifndef STANDIN_CONTENT_H
#define STANDIN_CONTENT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "input/input.h"

/*
 * Appends the numbers of those rows (size_t, from 0), in ascending order. The text is UTF-8; what
 * cannot be read as its form says holds nothing. column NULL: any; part: a part of the field will
 * do.
 */
void		content_find(const struct buffer *text, enum body_form form, const char *column,
						 const char *value, bool part, struct buffer *rows);

#endif
