/* Who may predict: the organisation's key, then the user's token (docs/api.md 1.2, 1.8). */
#ifndef STANDIN_AUTH_H
#define STANDIN_AUTH_H

#include <stdbool.h>

struct request;

/* what is checked depends on the request's address; false: the refusal is in r->reply */
bool		auth_check(struct request *r);

/* does it have the user's name and password (Basic)? */
bool		auth_is_user(const struct request *r);

#endif
