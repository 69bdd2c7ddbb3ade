/* The rows of a request as series, ordered by time, and the features made of their past. */
#ifndef STANDIN_HISTORY_H
#define STANDIN_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/registry.h"

struct cell;
struct forecast;
struct reply;
struct result;

/* A row as a point of its series. */
struct point
{
	size_t		row;
	int64_t		time;
	float		target;			/* NaN: not known */
};

/* One series. */
struct history
{
	const struct cell *id;		/* NULL: there is only one */
	size_t		n;
	struct point *points;
};

struct histories
{
	size_t		n;
	struct history *list;		/* in the order of their first rows */
};

/* false: an error is in the reply; `out` has to be freed in any case */
bool		histories_split(const struct result *result, struct reply *reply,
							struct histories *out);
void		histories_free(struct histories *h);

/* the newest date with a known target in any series */
int64_t		histories_newest(const struct histories *h);

/* NaN: not known, or no such row */
float		history_target(const struct history *h, int64_t time);

/* known targets up to a time */
size_t		history_known(const struct history *h, int64_t time);

/* a feature that is made of the past, for one prediction */
float		history_feature(const struct history *h, const struct forecast *f, int64_t step,
							enum feature_made made);

#endif
