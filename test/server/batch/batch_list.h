/* The list of jobs, and its filters (docs/api.md 2.15). */
#ifndef STANDIN_BATCH_LIST_H
#define STANDIN_BATCH_LIST_H

struct request;

void		batch_list_answer(struct request *r);

#endif
