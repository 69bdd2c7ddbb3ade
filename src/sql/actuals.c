/*
 * actuals.c
 *		The function submit_actuals: sends outcomes back, so that DataRobot can
 *		measure how good its predictions were.
 *
 * An association ID names the prediction that an outcome belongs to, so an
 * outcome that is sent twice counts once: requests may be sent again.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "api/deployment.h"
#include "api/jsonpath.h"
#include "api/outcomejson.h"
#include "api/task.h"
#include "base/clock.h"
#include "base/servermessage.h"
#include "base/url.h"
#include "rows/source.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(drs_submit_actuals);

#define MAX_ROWS 10000			/* of a request (docs/api.md 4.4) */

typedef struct Submission
{
	Endpoint   *endpoint;
	PublicApi  *api;
	char	   *path;
	char	   *id;				/* of the deployment */
	bool		predicts_labels;
	bool		looks_at_values;	/* what it predicts is known, and no warning was given yet */
	ActualsColumns columns;
	MemoryContext row_cxt;		/* reset after every row */
	StringInfoData body;		/* what is not sent yet */
	int			nrows;			/* rows in body */
	uint64		first_row;		/* number of the first of them, from 1 */
	uint64		rows_read;
	int64		rows_sent;
	int32		requests;
	List	   *tasks;			/* of char *: URLs to ask whether rows were accepted */
} Submission;

static void
begin_body(Submission *submission)
{
	resetStringInfo(&submission->body);
	appendStringInfoString(&submission->body, "{\"data\":[");
	submission->nrows = 0;
}

/* Send the rows in the body, if any, and begin another. */
static void
send_rows(Submission *submission)
{
	ApiAnswer	answer;
	char	   *task;
	char	   *body;

	if (submission->nrows == 0)
		return;
	appendStringInfoString(&submission->body, "]}");
	body = pg_server_to_any(submission->body.data, submission->body.len, PG_UTF8);
	answer = drs_api_send(submission->api, submission->path, body);
	if (!drs_api_succeeded(&answer))
	{
		answer.first_row = submission->first_row;
		answer.last_row = submission->rows_read;
		drs_api_raise(submission->api, &answer);
	}
	task = drs_api_task(&answer);
	if (task)
		submission->tasks = lappend(submission->tasks, task);
	if (body != submission->body.data)
		pfree(body);
	submission->rows_sent += submission->nrows;
	submission->requests++;
	begin_body(submission);
}

static void
start_rows(TupleDesc desc, void *arg)
{
	Submission *submission = arg;

	submission->columns = drs_outcome_columns(desc);
}

/* Append a row's object to the body, after a comma; false when it has no outcome yet. */
static bool
append_row(Submission *submission, TupleTableSlot *slot)
{
	MemoryContext old = MemoryContextSwitchTo(submission->row_cxt);
	StringInfoData object;
	bool		known;

	initStringInfo(&object);
	known = drs_outcome_append(&object, &submission->columns, slot->tts_values, slot->tts_isnull,
							   submission->rows_read);
	if (known)
		appendStringInfo(&submission->body, "%s%s", submission->nrows > 0 ? "," : "", object.data);
	MemoryContextSwitchTo(old);
	MemoryContextReset(submission->row_cxt);
	return known;
}

/*
 * DataRobot accepts any outcome, but matches none that the model could not have
 * predicted.  Warn of the first.
 */
static void
check_value(Submission *submission, TupleTableSlot *slot)
{
	MemoryContext old = MemoryContextSwitchTo(submission->row_cxt);
	char	   *doubtful = drs_outcome_doubtful(&submission->columns, slot->tts_values,
												slot->tts_isnull, submission->predicts_labels);

	MemoryContextSwitchTo(old);
	if (doubtful == NULL)
		return;
	submission->looks_at_values = false;
	ereport(WARNING,
			(errmsg("row " UINT64_FORMAT ": the outcome \"%s\" is unlikely to be one that "
					"deployment %s predicts",
					submission->rows_read, drs_one_line(doubtful, strlen(doubtful), 100),
					submission->id),
			 submission->predicts_labels ?
			 errdetail("Labels must be spelled as in training, where they are "
					   "often True and False.") :
			 errdetail("It predicts numbers.")));
}

static bool
take_row(TupleTableSlot *slot, void *arg)
{
	Submission *submission = arg;
	const Options *options = &submission->endpoint->options;

	slot_getallattrs(slot);
	submission->rows_read++;
	if (submission->looks_at_values)
		check_value(submission, slot);
	if (!append_row(submission, slot))
		return true;
	if (submission->nrows++ == 0)
		submission->first_row = submission->rows_read;
	if (submission->nrows == Min(options->transfer.chunk_rows, MAX_ROWS) ||
		submission->body.len >= options->transfer.chunk_size)
		send_rows(submission);
	return true;
}

/* Wait for the tasks of all requests, for request_timeout in total. */
static void
await_tasks(Submission *submission)
{
	TimestampTz until =
		drs_clock() + submission->endpoint->options.transfer.request_timeout * INT64CONST(1000);
	ListCell   *lc;

	foreach(lc, submission->tasks)
		(void) drs_api_await(submission->api, lfirst(lc), until);
}

/* Find out what the deployment predicts, if its record says so. */
static void
learn_kind(Submission *submission)
{
	char	   *path = psprintf("/deployments/%s/", drs_url_escape(submission->id));
	ApiAnswer	answer = drs_api_send(submission->api, path, NULL);
	char	   *type = NULL;

	if (drs_api_has_status(&answer, 200))
		type = drs_jsonpath_text(&drs_api_json(submission->api, &answer)->root,
								 "model.targetType");
	if (type == NULL)
		return;
	submission->predicts_labels = pg_strcasecmp(type, "Binary") == 0 ||
		pg_strcasecmp(type, "Multiclass") == 0;
	submission->looks_at_values = submission->predicts_labels ||
		pg_strcasecmp(type, "Regression") == 0;
}

static Datum
make_counts(FunctionCallInfo fcinfo, const Submission *submission)
{
	TupleDesc	desc;
	Datum		values[3];
	bool		isnull[3] = {0};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "submit_actuals must return a row");
	values[0] = Int64GetDatum(submission->rows_sent);
	values[1] = Int64GetDatum((int64) submission->rows_read - submission->rows_sent);
	values[2] = Int32GetDatum(submission->requests);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, isnull));
}

Datum
drs_submit_actuals(PG_FUNCTION_ARGS)
{
	static const RowConsumer consumer = {start_rows, take_row};
	char	   *query = drs_argument_text(fcinfo, 1);
	bool		wait = PG_ARGISNULL(2) || PG_GETARG_BOOL(2);
	Jsonb	   *options = PG_ARGISNULL(4) ? NULL : PG_GETARG_JSONB_P(4);
	Submission	submission = {0};
	OpenDeployment deployment;

	if (query == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the query of outcomes must not be NULL")));
	submission.endpoint = drs_endpoint_resolve(drs_argument_text(fcinfo, 3), options,
											   OPTION_ACTUALS);
	deployment = drs_deployment_open(submission.endpoint, drs_argument_text(fcinfo, 0));
	submission.api = deployment.api;
	submission.id = deployment.id;
	submission.path = psprintf("/deployments/%s/actuals/fromJSON/",
								drs_url_escape(submission.id));
	learn_kind(&submission);
	submission.row_cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring outcome",
											   ALLOCSET_DEFAULT_SIZES);
	initStringInfo(&submission.body);
	begin_body(&submission);

	drs_source_run(query, 0, &consumer, &submission);
	send_rows(&submission);
	if (wait)
		await_tasks(&submission);
	drs_api_close(submission.api);
	return make_counts(fcinfo, &submission);
}
