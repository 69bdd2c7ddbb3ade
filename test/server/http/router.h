/* Which route a request takes (docs/api.md 1.1), and the answers of the short ones. */
#ifndef STANDIN_ROUTER_H
#define STANDIN_ROUTER_H

#include <stdbool.h>

struct request;

/* from r->target: r->route, r->address, r->operation, r->id, r->deployment */
void		router_find(struct request *r);

/* refuses a wrong method, an unknown address, a request line that is too long */
void		router_check(struct request *r);

/* answers on every route except predictions */
void		router_answer(struct request *r);

/* is this the path, with or without a slash at its end, whatever its query? */
bool		router_path_is(const char *path, const char *wanted);

/* refuses every method except the allowed one; true: it is that one */
bool		router_is_method(struct request *r, const char *allowed);

/* refuses an unknown address */
void		router_not_found(struct request *r);

#endif
