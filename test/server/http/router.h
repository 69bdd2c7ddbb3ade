/* Which route a request goes to, and the answers of the short ones. Reference section 1.1. */
#ifndef STANDIN_ROUTER_H
#define STANDIN_ROUTER_H

#include <stdbool.h>

struct request;

/* from r->target: r->route, r->address, r->operation, r->id, r->deployment */
void		router_find(struct request *r);

/* refuse a wrong method, an unknown address, a request line that is too long */
void		router_check(struct request *r);

/* the answer of every route but the prediction one */
void		router_answer(struct request *r);

/* is this the path, with or without a slash at its end, whatever its query? */
bool		router_path_is(const char *path, const char *wanted);

/* refuse every method but the allowed one; true: it is that */
bool		router_is_method(struct request *r, const char *allowed);

/* an address that nobody has */
void		router_not_found(struct request *r);

#endif
