/* Reads a deployment's description file and opens its model. */
#ifndef STANDIN_DESCRIPTION_H
#define STANDIN_DESCRIPTION_H

#include <jansson.h>
#include <stdbool.h>

struct deployment;

/* takes over the JSON when it succeeds */
bool		description_read(const char *folder, json_t *json, struct deployment *d);
void		description_free(struct deployment *d);

#endif
