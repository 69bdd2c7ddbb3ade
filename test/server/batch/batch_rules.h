/* Rules about several fields of a specification together (docs/api.md 2.9). */
#ifndef STANDIN_BATCH_RULES_H
#define STANDIN_BATCH_RULES_H

#include <jansson.h>

struct batch_spec;

/* adds errors; the fields by themselves are right, and s->deployment may be NULL */
void		batch_rules_check(const struct batch_spec *s, json_t *errors);

#endif
