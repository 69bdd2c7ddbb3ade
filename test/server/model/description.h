/* A deployment's description file: reading it, opening its model. */
#ifndef STANDIN_DESCRIPTION_H
#define STANDIN_DESCRIPTION_H

#include <jansson.h>
#include <stdbool.h>

struct deployment;

/* takes the JSON over when it succeeds */
bool		description_read(const char *folder, json_t *json, struct deployment *d);
void		description_free(struct deployment *d);

#endif
