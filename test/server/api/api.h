/* The part of the public API that is about deployments (docs/api.md 4). */
#ifndef STANDIN_API_H
#define STANDIN_API_H

struct request;

/* called when the body is complete; fills r->reply */
void		api_answer(struct request *r);

/* whom to ask how many batch jobs run and wait; without that there are none */
void		api_ask_for_load(void (*load) (int *running, int *waiting));

#endif
