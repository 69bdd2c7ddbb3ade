/* Reads JSON bodies: an array of objects, one per row. */
#ifndef STANDIN_JSON_INPUT_H
#define STANDIN_JSON_INPUT_H

#include <stdbool.h>

struct body_text;
struct table;
struct wanted;

/* false: an error is in the reply */
bool		json_input(const struct body_text *b, struct wanted *w, struct table *t);

#endif
