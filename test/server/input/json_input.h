/* Reads JSON bodies: an array of objects, one per row. */
#ifndef STANDIN_JSON_INPUT_H
#define STANDIN_JSON_INPUT_H

#include <stdbool.h>

struct request;
struct table;
struct wanted;

/* false: an error is in r->reply */
bool		json_input(struct request *r, struct wanted *w, struct table *t);

#endif
