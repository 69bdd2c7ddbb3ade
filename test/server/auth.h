/* Who may predict: the key of the organisation, then the user's token. */
#ifndef STANDIN_AUTH_H
#define STANDIN_AUTH_H

#include <stdbool.h>

struct request;

/* false: the refusal is in r->reply */
bool		auth_check(struct request *r);

#endif
