/* Who may predict: the key of the organisation, then the user's token. Reference 1.2 and 1.8. */
#ifndef STANDIN_AUTH_H
#define STANDIN_AUTH_H

#include <stdbool.h>

struct request;

/* by the request's address; false: the refusal is in r->reply */
bool		auth_check(struct request *r);

/* does it carry the user's name and password (Basic)? */
bool		auth_is_user(const struct request *r);

#endif
