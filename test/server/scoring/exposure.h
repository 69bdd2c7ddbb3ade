/* Models that predict a rate: multiplies it by the exposure of each row. */
#ifndef STANDIN_EXPOSURE_H
#define STANDIN_EXPOSURE_H

#include <stdbool.h>

struct reply;
struct result;

/*
 * result->adjusted gets the rates, the scores become rate * exposure; false: an error is in the
 * reply
 */
bool		exposure_apply(struct result *result, struct reply *reply);

#endif
