/*
 * Time series: which rows of a request are predicted, and from which forecast point (docs/api.md
 * 1.3, 1.12).
 */
#ifndef STANDIN_TIME_SERIES_H
#define STANDIN_TIME_SERIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct cell;
struct reply;
struct result;

/* One prediction. */
struct forecast
{
	size_t		row_id;			/* row of the table; made rows have the numbers after it */
	bool		made;			/* by the server, because the request has no such row */
	const struct cell *series;	/* NULL: a single series */
	int64_t		point;
	int64_t		time;
	int			distance;
};

/*
 * Chooses the rows and makes their features: sets result->rows and result->forecasts, returns the
 * matrix, to be freed. NULL: an error is in the reply.
 */
float	   *time_series_features(struct result *result, struct reply *reply);
void		time_series_free(struct forecast *forecasts);

/* a row's time in the format of the request */
void		time_series_original_time(const struct result *result, size_t row,
									  struct buffer *text);

#endif
