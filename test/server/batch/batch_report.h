/* A job as the service shows it (docs/api.md 2.12). The lock of batch_job.h must be held. */
#ifndef STANDIN_BATCH_REPORT_H
#define STANDIN_BATCH_REPORT_H

#include <jansson.h>

struct batch_job;
struct request;

/* the caller owns it */
json_t	   *batch_report(const struct batch_job *job, const struct request *r);

/* answers with the job; with 202 also where it is */
void		batch_report_answer(const struct batch_job *job, struct request *r, int status);

/* a time, in microseconds since 1970, as text; 0: null */
json_t	   *batch_report_time(int64_t microseconds);

/* the user of this installation */
json_t	   *batch_report_user(void);

#endif
