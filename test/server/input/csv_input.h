/* Reads CSV bodies. */
#ifndef STANDIN_CSV_INPUT_H
#define STANDIN_CSV_INPUT_H

#include <stdbool.h>

struct request;
struct table;
struct wanted;

/* false: an error is in r->reply */
bool		csv_input(struct request *r, struct wanted *w, struct table *t);

#endif
