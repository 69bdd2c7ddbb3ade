/* Models that predict a rate: what comes of it in the time each row was exposed. */
#ifndef STANDIN_EXPOSURE_H
#define STANDIN_EXPOSURE_H

#include <stdbool.h>

struct reply;
struct result;

/* scores become rate * exposure, result->adjusted the rates; false: an error is in r->reply */
bool		exposure_apply(struct result *result, struct reply *reply);

#endif
