/* Reads CSV bodies. */
#ifndef STANDIN_CSV_INPUT_H
#define STANDIN_CSV_INPUT_H

#include <stdbool.h>

struct body_text;
struct table;
struct wanted;

/* false: an error is in the reply */
bool		csv_input(const struct body_text *b, struct wanted *w, struct table *t);

#endif
