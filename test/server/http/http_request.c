#include "http/http_request.h"

#include <stdlib.h>

#include "base/monotonic.h"
#include "control/counters.h"
#include "control/journal.h"

struct request *
request_new(struct MHD_Connection *connection, const char *target)
{
	struct request *r = must_alloc(sizeof *r);

	*r = (struct request) {
		.connection = connection, .target = must_copy(target), .started = monotonic_now()};
	return r;
}

void
request_free(struct request *r)
{
	fault_release(&r->fault);
	params_free(&r->params);
	synthetic_free(&r->scan);
	reply_clear(&r->reply);
	buffer_free(&r->body);
	buffer_free(&r->fault_rows);
	free(r->target);
	free(r->call);
	free(r);
}

const char *
request_header(const struct request *r, const char *name)
{
	return MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
}

void
request_count_answer(struct request *r, int status, uint64_t rows)
{
	if (r->answered)
		return;
	r->answered = true;
	r->status_sent = status;
	r->rows_sent = status == 200 ? rows : 0;
	if (r->entered)
		counters_answer(r->deployment, status, r->rows_sent, r->received);
	journal_end(r);
}

void
request_leave(struct request *r)
{
	if (!r->entered)
		return;
	if (!r->answered)
		request_count_answer(r, 0, 0);
	counters_leave(r->deployment);
	r->entered = false;
}
