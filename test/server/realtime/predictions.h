/* The prediction route: what is asked, whether it may be, and the answer. */
#ifndef STANDIN_PREDICTIONS_H
#define STANDIN_PREDICTIONS_H

#include <stddef.h>

struct request;

/* the header is here: refuse what can be refused without the body */
void		predictions_begin(struct request *r);

/* a piece of the body */
void		predictions_body(struct request *r, const char *bytes, size_t len);

/* the body is complete: choose the faults that wait for what it holds */
void		predictions_look(struct request *r);

/* fill r->reply */
void		predictions_answer(struct request *r);

#endif
