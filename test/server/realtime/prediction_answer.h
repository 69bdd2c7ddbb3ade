/* From a complete body to the answer of a deployment. */
#ifndef STANDIN_PREDICTION_ANSWER_H
#define STANDIN_PREDICTION_ANSWER_H

#include "input/input.h"

struct request;

/* unpacks the body to plain text, once; FORM_UNKNOWN: an error is in r->reply */
enum body_form prediction_answer_unpack(struct request *r);

/* fills r->reply */
void		prediction_answer(struct request *r);

#endif
