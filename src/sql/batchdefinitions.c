/*
 * batchdefinitions.c
 *		The functions for job definitions, and those that look at schedules.
 */
#include "postgres.h"

#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "api/deployment.h"
#include "api/jsonpath.h"
#include "base/hiddenstatement.h"
#include "batch/definition.h"
#include "batch/job.h"
#include "batch/jobspec.h"
#include "batch/schedule.h"
#include "batch/specnames.h"
#include "sql/arguments.h"
#include "sql/jobrow.h"
#include "sql/jobs.h"
#include "sql/resultset.h"

PG_FUNCTION_INFO_V1(drs_batch_definition_create);
PG_FUNCTION_INFO_V1(drs_batch_definition_get);
PG_FUNCTION_INFO_V1(drs_batch_definition_list);
PG_FUNCTION_INFO_V1(drs_batch_definition_update);
PG_FUNCTION_INFO_V1(drs_batch_definition_delete);
PG_FUNCTION_INFO_V1(drs_batch_definition_run);
PG_FUNCTION_INFO_V1(drs_batch_definition_run_on_schedule);
PG_FUNCTION_INFO_V1(drs_batch_schedule);
PG_FUNCTION_INFO_V1(drs_batch_schedule_times);

/* ---- records */

/* Where the columns of datarobot.batch_definition are found in a record; the last is all of it. */
static const char *const paths[] = {
	"id", "name", "enabled", "schedule", "batchPredictionJob", "created", "createdBy.username",
	"updated", "updatedBy.username", "lastStartedJobTime", "lastStartedJobStatus",
	"lastScheduledRunTime", "nextScheduledRunTime", "lastSuccessfulRunTime", "lastFailedRunTime"
};

#define COLUMNS (lengthof(paths) + 1)

/* A time of that year is one that never was (docs/api.md 3.2). */
#define NEVER "1900-01-01T"

static const char *
column_text(JsonbContainer *record, const char *path)
{
	char	   *text = drs_job_text(record, path);
	JsonbContainer *object = text ? NULL : drs_jsonpath_container(record, path);

	if (object)
		return JsonbToCString(NULL, object, 0);
	return text && strncmp(text, NEVER, strlen(NEVER)) == 0 ? NULL : text;
}

static void
read_columns(JsonbContainer *record, const char **values)
{
	for (size_t i = 0; i < lengthof(paths); i++)
		values[i] = column_text(record, paths[i]);
	values[lengthof(paths)] = JsonbToCString(NULL, record, 0);
}

static Datum
definition_row(FunctionCallInfo fcinfo, Jsonb *record)
{
	const char *values[COLUMNS];
	TupleDesc	desc;
	HeapTuple	tuple;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE ||
		desc->natts != COLUMNS)
		elog(ERROR, "a job definition has %d columns", (int) COLUMNS);
	read_columns(&record->root, values);
	tuple = BuildTupleFromCStrings(TupleDescGetAttInMetadata(desc), (char **) values);
	return HeapTupleGetDatum(tuple);
}

/* ---- calls */

/* The definition that an argument names, by its id or its name. */
static char *
definition_id(FunctionCallInfo fcinfo, PublicApi *api, int arg)
{
	char	   *name = drs_argument_text(fcinfo, arg);

	if (name == NULL || name[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the job definition needs a name or an id")));
	return drs_definition_id(api, name);
}

static Jsonb *
schedule_argument(FunctionCallInfo fcinfo, int arg)
{
	Schedule	schedule;

	return PG_ARGISNULL(arg) ? NULL :
		drs_schedule_read(drs_argument_text(fcinfo, arg), &schedule);
}

/* A definition that runs by itself, whose jobs wait for an upload each time. */
static void
warn_of_uploads(JsonbContainer *record)
{
	char	   *intake = drs_job_text(record, "batchPredictionJob.intakeSettings.type");

	if (drs_jsonpath_is_true(record, "enabled") && intake && drs_job_is_local(intake))
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("jobs of this definition wait for an upload each time that it runs"),
				 errdetail("It has a schedule, and an intake of type localFile."),
				 errhint("Let it read its rows itself, for example by an intake of type jdbc.")));
}

/* A change, and how it is sent. */
typedef struct DefinitionCall
{
	DefinitionChange change;
	Jsonb	   *spec;			/* as it was given; NULL: not given */
	JobSpecKind kind;
	bool		strict;
	bool		creates;
} DefinitionCall;

/* Reads the arguments of a function. */
typedef void (*ReadCall) (FunctionCallInfo fcinfo, DefinitionCall *call);

static Jsonb *
send_change(FunctionCallInfo fcinfo, DefinitionCall *call)
{
	Endpoint   *endpoint = drs_jobs_endpoint(fcinfo);
	PublicApi  *api;
	Jsonb	   *record;

	if (call->creates)
		call->spec = drs_specnames_default(call->spec, endpoint->options.server.deployment);
	if (call->spec)
		call->change.spec = drs_jobspec_check(call->spec, call->kind, call->strict);
	if (call->change.spec)
		endpoint->secrets = list_concat(endpoint->secrets,
										drs_jobspec_secrets(call->change.spec));
	api = drs_api_open(endpoint);
	if (call->change.spec)
		call->change.spec = drs_specnames_resolve(api, call->change.spec);
	if (call->creates)
		record = drs_definition_create(api, &call->change);
	else
		record = drs_definition_update(api, definition_id(fcinfo, api, 0), &call->change);
	drs_api_close(api);
	warn_of_uploads(&record->root);
	return record;
}

/*
 * The same as the result of a function.  The text of the call is hidden if there is a secret
 * in the specification, or may be one because the arguments could not be read.
 */
static Datum
return_changed(FunctionCallInfo fcinfo, ReadCall read)
{
	MemoryContext cxt = CurrentMemoryContext;
	volatile bool hides = true;
	Jsonb	   *volatile record = NULL;

	PG_TRY();
	{
		DefinitionCall call = {.strict = true};

		read(fcinfo, &call);
		hides = call.spec && drs_jobspec_secrets(call.spec) != NIL;
		if (hides)
			drs_jobs_hide_call(fcinfo);
		record = send_change(fcinfo, &call);
	}
	PG_CATCH();
	{
		if (hides)
			drs_hiddenstatement_rethrow(cxt);
		PG_RE_THROW();
	}
	PG_END_TRY();
	return definition_row(fcinfo, record);
}

/* Arguments: spec, name, enabled, schedule, strict, server, options. */
static void
read_create(FunctionCallInfo fcinfo, DefinitionCall *call)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the specification must not be NULL")));
	call->creates = true;
	call->kind = JOBSPEC_WHOLE;
	call->spec = PG_GETARG_JSONB_P_COPY(0);
	call->change.name = drs_argument_text(fcinfo, 1);
	call->change.enabled = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);
	call->change.schedule = schedule_argument(fcinfo, 3);
	if (call->change.enabled && call->change.schedule == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a job definition that is enabled needs a schedule")));
	call->strict = PG_ARGISNULL(4) || PG_GETARG_BOOL(4);
}

Datum
drs_batch_definition_create(PG_FUNCTION_ARGS)
{
	return return_changed(fcinfo, read_create);
}

/* Arguments: definition, spec, name, enabled, schedule, strict, server, options. */
static void
read_update(FunctionCallInfo fcinfo, DefinitionCall *call)
{
	call->kind = JOBSPEC_PART;
	call->spec = PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P_COPY(1);
	call->change.name = drs_argument_text(fcinfo, 2);
	call->change.enabled = PG_ARGISNULL(3) ? -1 : PG_GETARG_BOOL(3);
	call->change.schedule = schedule_argument(fcinfo, 4);
	if (call->spec == NULL && call->change.name == NULL && call->change.enabled < 0 &&
		call->change.schedule == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("nothing of the job definition is to be changed")));
	call->strict = PG_ARGISNULL(5) || PG_GETARG_BOOL(5);
}

Datum
drs_batch_definition_update(PG_FUNCTION_ARGS)
{
	return return_changed(fcinfo, read_update);
}

/* Arguments: definition, schedule, server, options. */
static void
read_run_on_schedule(FunctionCallInfo fcinfo, DefinitionCall *call)
{
	call->kind = JOBSPEC_PART;
	call->change.enabled = 1;
	call->change.schedule = schedule_argument(fcinfo, 1);
	if (call->change.schedule == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the schedule must not be NULL")));
}

Datum
drs_batch_definition_run_on_schedule(PG_FUNCTION_ARGS)
{
	return return_changed(fcinfo, read_run_on_schedule);
}

Datum
drs_batch_definition_get(PG_FUNCTION_ARGS)
{
	PublicApi  *api = drs_jobs_open_api(fcinfo);
	Jsonb	   *record = drs_definition_get(api, definition_id(fcinfo, api, 0));

	drs_api_close(api);
	return definition_row(fcinfo, record);
}

/* A list of definitions that is returned. */
typedef struct DefinitionList
{
	ResultSet  *result;
	int64		left;			/* rows that are still wanted; below 0: all */
} DefinitionList;

static bool
add_definition(JsonbContainer *record, void *arg)
{
	DefinitionList *list = arg;
	MemoryContext old = MemoryContextSwitchTo(list->result->row_cxt);
	const char *values[COLUMNS];

	read_columns(&drs_jobspec_redact(record)->root, values);
	MemoryContextSwitchTo(old);
	drs_resultset_put(list->result, values);
	return --list->left != 0;
}

/* Arguments: search_name, deployment, max_rows, skip_rows, server, options. */
Datum
drs_batch_definition_list(PG_FUNCTION_ARGS)
{
	DefinitionList list = {
		.result = drs_resultset_open(fcinfo),
		.left = drs_jobs_count_argument(fcinfo, 2, "max_rows")
	};
	int64		skip = Max(drs_jobs_count_argument(fcinfo, 3, "skip_rows"), 0);
	PublicApi  *api = drs_jobs_open_api(fcinfo);
	char	   *deployment = drs_argument_text(fcinfo, 1);

	if (list.left != 0)
		drs_definition_list(api, drs_argument_text(fcinfo, 0),
							deployment ? drs_deployment_id(api, deployment) : NULL, skip,
							add_definition, &list);
	drs_api_close(api);
	return (Datum) 0;
}

Datum
drs_batch_definition_delete(PG_FUNCTION_ARGS)
{
	PublicApi  *api = drs_jobs_open_api(fcinfo);

	drs_definition_delete(api, definition_id(fcinfo, api, 0));
	drs_api_close(api);
	PG_RETURN_VOID();
}

Datum
drs_batch_definition_run(PG_FUNCTION_ARGS)
{
	PublicApi  *api = drs_jobs_open_api(fcinfo);
	Job		   *job = drs_job_create_from(api, "/batchPredictions/fromJobDefinition/",
										  "jobDefinitionId", definition_id(fcinfo, api, 0));

	drs_api_close(api);
	return drs_jobrow(fcinfo, job);
}

/* ---- schedules */

Datum
drs_batch_schedule(PG_FUNCTION_ARGS)
{
	PG_RETURN_JSONB_P(schedule_argument(fcinfo, 0));
}

/* The times of a schedule that are still to be returned. */
typedef struct ScheduleTimes
{
	Schedule	schedule;
	TimestampTz last;			/* returned, or to begin after */
	int64		left;
} ScheduleTimes;

/* Arguments: schedule, after, times. */
static ScheduleTimes *
begin_times(FunctionCallInfo fcinfo)
{
	ScheduleTimes *times = palloc(sizeof(ScheduleTimes));

	(void) drs_schedule_read(drs_argument_text(fcinfo, 0), &times->schedule);
	times->last = PG_GETARG_TIMESTAMPTZ(1);
	times->left = drs_jobs_count_argument(fcinfo, 2, "times");
	if (TIMESTAMP_NOT_FINITE(times->last))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("the time to begin after must be finite")));
	return times;
}

Datum
drs_batch_schedule_times(PG_FUNCTION_ARGS)
{
	FuncCallContext *call;
	ScheduleTimes *times;

	if (SRF_IS_FIRSTCALL())
	{
		MemoryContext old;

		call = SRF_FIRSTCALL_INIT();
		old = MemoryContextSwitchTo(call->multi_call_memory_ctx);
		call->user_fctx = begin_times(fcinfo);
		MemoryContextSwitchTo(old);
	}
	call = SRF_PERCALL_SETUP();
	times = call->user_fctx;
	if (times->left-- <= 0 ||
		!drs_schedule_next(&times->schedule, times->last, &times->last))
		SRF_RETURN_DONE(call);
	SRF_RETURN_NEXT(call, TimestampTzGetDatum(times->last));
}
