/* From a complete body to the answer of a deployment. */
#ifndef STANDIN_PREDICT_H
#define STANDIN_PREDICT_H

#include "input.h"

struct request;

/* unpack the body to plain text, once; FORM_UNKNOWN: an error is in r->reply */
enum body_form predict_unpack(struct request *r);

/* fill r->reply */
void		predict(struct request *r);

#endif
