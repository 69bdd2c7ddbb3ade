/* Which route a request goes to, and the answers of the short ones. */
#ifndef STANDIN_ROUTE_H
#define STANDIN_ROUTE_H

struct request;

/* from r->target: r->route, r->serverless, r->id, r->deployment */
void		route_find(struct request *r);

/* refuse a wrong method, an unknown address, a request line that is too long */
void		route_check(struct request *r);

/* the answer of every route but the prediction one */
void		route_answer(struct request *r);

#endif
