/* Job definitions, and the scheduler that runs them (docs/api.md 3). */
#ifndef STANDIN_BATCH_DEFINITIONS_H
#define STANDIN_BATCH_DEFINITIONS_H

#include <jansson.h>

struct batch_job;
struct request;

/* batchPredictionJobDefinitions/ and batchPredictionJobDefinitions/ID/ */
void		batch_definitions_answer(struct request *r);
void		batch_definition_answer(struct request *r);

/* a job of the definition with this id, run by hand; NULL: an error is in the reply */
struct batch_job *batch_definition_run(struct request *r, const char *id);

/* runs what is due, and looks how earlier runs ended */
void		batch_definitions_tick(void);
void		batch_definitions_forget(void);

#endif
