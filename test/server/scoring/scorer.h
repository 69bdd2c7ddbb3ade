/* From a table of rows to a result. */
#ifndef STANDIN_SCORER_H
#define STANDIN_SCORER_H

#include <stdbool.h>

struct reply;
struct result;

/*
 * scores the rows of result->table with the model of the deployment; *values is what the model
 * saw, which the caller frees after the result; false: an error is in the reply
 */
bool		scorer_run(struct result *result, float **values, struct reply *reply);

#endif
