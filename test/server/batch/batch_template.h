/* Template variables, {{ name }}, in the fields that take them (docs/api.md 3.4). */
#ifndef STANDIN_BATCH_TEMPLATE_H
#define STANDIN_BATCH_TEMPLATE_H

#include <jansson.h>
#include <stdint.h>

/* What the variables stand for, in microseconds since 1970; 0: never. */
struct batch_times
{
	int64_t		now;
	int64_t		last_scheduled;
	int64_t		next_scheduled;
	int64_t		last_completed;
};

/*
 * puts values in place of the variables in the fields that take them; adds an error for each
 * variable that there is not
 */
void		batch_template_expand(json_t *spec, const struct batch_times *times, json_t *errors);

#endif
