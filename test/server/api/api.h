/* The part of the public API that is about deployments (docs/api.md 4). */
#ifndef STANDIN_API_H
#define STANDIN_API_H

struct request;

/* called when the body is complete; fills r->reply */
void		api_answer(struct request *r);

#endif
