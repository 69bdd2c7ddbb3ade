/*
 * Datasets of the catalog, and their preparation for time series (docs/api.md 4.7). They are files
 * of the folder of buckets, where jobs with an intake of type dataset find them.
 */
#ifndef STANDIN_DATASETS_H
#define STANDIN_DATASETS_H

#include <stdbool.h>

struct request;

/* path: after /api/v2/; false: it is of something else */
bool		datasets_answer(struct request *r, const char *path);
void		datasets_reset(void);

#endif
