/* The prediction route: whether the request is allowed, its body, and its answer. */
#ifndef STANDIN_PREDICTIONS_H
#define STANDIN_PREDICTIONS_H

#include <stddef.h>

struct request;

/* the header has arrived: refuses what can be refused without the body */
void		predictions_begin(struct request *r);

/* takes a part of the body */
void		predictions_body(struct request *r, const char *bytes, size_t len);

/* the body is complete: chooses the faults that depend on it */
void		predictions_look(struct request *r);

/* fills r->reply */
void		predictions_answer(struct request *r);

#endif
