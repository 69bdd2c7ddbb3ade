/* The batch routes of the public API (docs/api.md 2.10, 3.1). */
#ifndef STANDIN_BATCH_ROUTES_H
#define STANDIN_BATCH_ROUTES_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stddef.h>

struct request;

/* the address is known to be one of batch: reads it; returns its name, for faults */
const char *batch_routes_read(struct request *r);

/* the header has arrived: refuses what can be refused, begins an upload */
void		batch_routes_begin(struct request *r);

/* takes a part of the body; MHD_NO: the connection is dead */
enum MHD_Result batch_routes_body(struct request *r, const char *bytes, size_t len);

/* the body is complete; false: the answer has to wait, the connection is suspended */
bool		batch_routes_answer(struct request *r);

/* the request is over */
void		batch_routes_end(struct request *r);

#endif
