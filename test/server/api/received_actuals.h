/*
 * The actuals that clients send, and the state of the jobs that take them in (docs/api.md 4.4,
 * 4.5).
 */
#ifndef STANDIN_RECEIVED_ACTUALS_H
#define STANDIN_RECEIVED_ACTUALS_H

#include <jansson.h>

struct deployment;
struct request;

/* POST deployments/ID/actuals/fromJSON/ */
void		actuals_take(struct request *r, const struct deployment *d);

/* GET status/ID/ */
void		actuals_status(struct request *r);

/* what was received, by deployment; the caller owns it */
json_t	   *actuals_read(void);
void		actuals_reset(void);

#endif
