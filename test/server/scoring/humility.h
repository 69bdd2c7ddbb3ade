/* Humility rules: which of them a row triggers, and what that does (docs/api.md 1.5). */
#ifndef STANDIN_HUMILITY_H
#define STANDIN_HUMILITY_H

#include <stdbool.h>
#include <stddef.h>

struct reply;
struct result;

struct humility
{
	size_t		n_rules;
	bool		triggered[];	/* rows * n_rules */
};

/* false: a rule demands an error, which is in the reply */
bool		humility_judge(struct result *result, struct reply *reply);
void		humility_free(struct humility *h);

/* was any rule triggered? */
bool		humility_is_triggered(const struct result *result, size_t row);

/* does a triggered rule replace the prediction? */
bool		humility_overrides(const struct result *result, size_t row, double *prediction);

#endif
