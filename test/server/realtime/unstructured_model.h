/* Models that take and give what they like: reference section 1.1, R4. */
#ifndef STANDIN_UNSTRUCTURED_MODEL_H
#define STANDIN_UNSTRUCTURED_MODEL_H

struct request;

/* fill r->reply */
void		unstructured_model_answer(struct request *r);

#endif
