/* Data that clients send for a job, whole or in parts (docs/api.md 2.11). */
#ifndef STANDIN_BATCH_UPLOAD_H
#define STANDIN_BATCH_UPLOAD_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

struct request;

/* the header has arrived: r->call->job is set, or a refusal is in the reply */
void		batch_upload_begin(struct request *r);

/* takes bytes; MHD_NO: the connection is dead */
enum MHD_Result batch_upload_take(struct request *r, const char *bytes, size_t len);

/* the body is complete; false: the answer has to wait, the connection is suspended */
bool		batch_upload_answer(struct request *r);

/* POST finalizeMultipart */
void		batch_upload_finalize(struct request *r);

/* the request is over, however it ended */
void		batch_upload_end(struct request *r);

#endif
