/*
 * method.c
 *		The option "method".
 */
#include "postgres.h"

#include "api/address.h"
#include "method/method.h"
#include "rows/queryrows.h"

void
drs_method_decide_rows(Endpoint *endpoint, double rows)
{
	BatchOptions *batch = &endpoint->options.batch;

	if (batch->method != METHOD_AUTO)
		return;
	batch->method = drs_address_has_api(endpoint) && rows >= batch->batch_threshold ?
		METHOD_BATCH : METHOD_REALTIME;
	elog(DEBUG1, "the method \"auto\" is \"%s\"",
		 batch->method == METHOD_BATCH ? "batch" : "realtime");
}

void
drs_method_decide(Endpoint *endpoint, const char *query)
{
	if (endpoint->options.batch.method == METHOD_AUTO)
		drs_method_decide_rows(endpoint,
							   drs_address_has_api(endpoint) ? drs_query_rows(query) : 0);
}

bool
drs_method_is_batch(const Options *options)
{
	return options->batch.method == METHOD_BATCH;
}

Request *
drs_method_request(Endpoint *endpoint, const char *deployment)
{
	return drs_method_is_batch(&endpoint->options) ? drs_address_batch(endpoint, deployment) :
		drs_address_request(endpoint, deployment);
}
