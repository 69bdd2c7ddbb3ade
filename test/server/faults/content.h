/* Finds the rows of a body that contain a value, for faults that wait for one. */
#ifndef STANDIN_CONTENT_H
#define STANDIN_CONTENT_H

#include <stdbool.h>

#include "base/buffer.h"
#include "input/input.h"

/*
 * Appends the numbers of those rows (size_t, from 0) in ascending order. The text is UTF-8; one
 * that cannot be read in its form contains nothing. column NULL: any column; part: the field may
 * contain more than the value.
 */
void		content_find(const struct buffer *text, enum body_form form, const char *column,
						 const char *value, bool part, struct buffer *rows);

#endif
