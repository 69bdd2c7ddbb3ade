/*
 * lastcall.c
 *		Reports to callers what their last call has sent and received.
 *
 * A session may be handed from one client to another, and the second must not see the
 * first one's call: ownsession.h says how that is known.  A call that failed is to be
 * reported, too, so nothing about it may be rolled back with its transaction.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "base/callcounters.h"
#include "base/compat.h"
#include "sql/ownsession.h"

PG_FUNCTION_INFO_V1(drs_last_call);

/* Columns of the result. */
enum
{
	CALL_NAME,
	CALL_DEPLOYMENT,
	CALL_STARTED,
	CALL_ENDED,
	CALL_ROWS_SENT,
	CALL_PREDICTIONS,
	CALL_REQUESTS,
	CALL_RETRIES,
	CALL_API_REQUESTS,
	CALL_BYTES_SENT,
	CALL_BYTES_RECEIVED,
	CALL_NETWORK_WAIT,
	CALL_SERVER_TIME,
	CALL_MODELS,
	CALL_COLUMNS
};

/* Is it a call of the current role, in what may be told apart as one client's? */
static bool
is_callers(const CallCounters *counters)
{
	return counters->user == GetUserId() && counters->session_user == GetSessionUserId() &&
		(drs_session_is_own() || counters->ended >= GetCurrentTransactionStartTimestamp());
}

static Datum
interval_of(int64 us)
{
	Interval   *interval = palloc0(sizeof(Interval));

	interval->time = us;
	return IntervalPGetDatum(interval);
}

static Datum
models_of(const CallCounters *counters)
{
	Datum		models[DRS_MAX_MODELS];

	for (int i = 0; i < counters->nmodels; i++)
		models[i] = CStringGetTextDatum(counters->models[i]);
	return PointerGetDatum(construct_array(models, counters->nmodels, TEXTOID, -1, false,
										   TYPALIGN_INT));
}

static void
fill_row(const CallCounters *counters, Datum *values, bool *isnull)
{
	values[CALL_NAME] = CStringGetTextDatum(counters->call);
	values[CALL_DEPLOYMENT] = CStringGetTextDatum(counters->deployment);
	isnull[CALL_DEPLOYMENT] = counters->deployment[0] == '\0';
	values[CALL_STARTED] = TimestampTzGetDatum(counters->started);
	values[CALL_ENDED] = TimestampTzGetDatum(counters->ended);
	values[CALL_ROWS_SENT] = Int64GetDatum(counters->rows_sent);
	values[CALL_PREDICTIONS] = Int64GetDatum(counters->predictions);
	values[CALL_REQUESTS] = Int64GetDatum(counters->requests);
	values[CALL_RETRIES] = Int64GetDatum(counters->retries);
	values[CALL_API_REQUESTS] = Int64GetDatum(counters->api_requests);
	values[CALL_BYTES_SENT] = Int64GetDatum(counters->bytes_sent);
	values[CALL_BYTES_RECEIVED] = Int64GetDatum(counters->bytes_received);
	values[CALL_NETWORK_WAIT] = interval_of(counters->wait_us);
	values[CALL_SERVER_TIME] = interval_of(counters->server_us);
	isnull[CALL_SERVER_TIME] = !counters->has_server_time;
	values[CALL_MODELS] = models_of(counters);
}

Datum
drs_last_call(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const CallCounters *counters = drs_callcounters_last();
	Datum		values[CALL_COLUMNS];
	bool		isnull[CALL_COLUMNS] = {false};

	InitMaterializedSRF(fcinfo, 0);
	if (counters == NULL || !is_callers(counters))
		return (Datum) 0;
	fill_row(counters, values, isnull);
	tuplestore_putvalues(result->setResult, result->setDesc, values, isnull);
	return (Datum) 0;
}
