/*
 * Time series without gaps, which is what the service's data preparation makes of a file: each
 * series has a row for each step between its first and its last one. What the service puts into
 * rows that were missing depends on settings of the project; here it is what the row before has.
 */
#ifndef STANDIN_REGULAR_SERIES_H
#define STANDIN_REGULAR_SERIES_H

#include <stdbool.h>

struct buffer;
struct deployment;
struct reply;

/* can rows for this model be prepared? */
bool		regular_series_suit(const struct deployment *d);

/* from CSV to CSV, series by series, each in the order of time; false: an error is in the reply */
bool		regular_series_make(const struct deployment *d, const struct buffer *csv,
								struct buffer *out, struct reply *reply);

#endif
