/* The public API, as far as it is about deployments: reference section 4. */
#ifndef STANDIN_API_H
#define STANDIN_API_H

struct request;

/* the body is complete: fill r->reply */
void		api_answer(struct request *r);

#endif
