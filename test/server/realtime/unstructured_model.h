/* Unstructured models, which take and return anything (docs/api.md 1.1.4, 1.13). */
#ifndef STANDIN_UNSTRUCTURED_MODEL_H
#define STANDIN_UNSTRUCTURED_MODEL_H

struct request;

/* fills r->reply */
void		unstructured_model_answer(struct request *r);

#endif
