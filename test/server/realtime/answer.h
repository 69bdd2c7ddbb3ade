/* From a complete body to the answer of a deployment. */
#ifndef STANDIN_ANSWER_H
#define STANDIN_ANSWER_H

#include "input/input.h"

struct request;

/* unpacks the body to plain text, once; FORM_UNKNOWN: an error is in r->reply */
enum body_form answer_unpack(struct request *r);

/* fills r->reply */
void		answer_predictions(struct request *r);

#endif
