/* Unstructured models, which take and return anything (reference 1.1, R4). */
#ifndef STANDIN_UNSTRUCTURED_MODEL_H
#define STANDIN_UNSTRUCTURED_MODEL_H

struct request;

/* fills r->reply */
void		unstructured_model_answer(struct request *r);

#endif
