/* From a complete body to the answer of a deployment. */
#ifndef STANDIN_SCORING_H
#define STANDIN_SCORING_H

#include "input/input.h"

struct request;

/* unpacks the body to plain text, once; FORM_UNKNOWN: an error is in r->reply */
enum body_form scoring_unpack(struct request *r);

/* fills r->reply */
void		scoring_answer(struct request *r);

#endif
