/*
 * joblist.c
 *		The function batch_jobs, with the filters of docs/api.md 2.15.
 */
#include "postgres.h"

#include "fmgr.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/formatting.h"
#include "utils/timestamp.h"

#include "api/deployment.h"
#include "base/url.h"
#include "batch/job.h"
#include "sql/arguments.h"
#include "sql/jobrow.h"
#include "sql/jobs.h"

PG_FUNCTION_INFO_V1(drs_batch_jobs);

/* The arguments, in their order. */
enum
{
	ARG_STATUS,
	ARG_DEPLOYMENT,
	ARG_CREATED_FROM,
	ARG_CREATED_TO,
	ARG_CUTOFF_HOURS,
	ARG_SOURCE,
	ARG_MODEL_ID,
	ARG_JOB,
	ARG_DEFINITION_ID,
	ARG_HOSTNAME,
	ARG_INTAKE_TYPE,
	ARG_OUTPUT_TYPE,
	ARG_BATCH_JOB_TYPE,
	ARG_ALL_JOBS,
	ARG_ORDER_BY,
	ARG_MAX_ROWS,
	ARG_SKIP_ROWS
};

#define PAGE_ROWS 100

/* Where the rows of a list go. */
typedef struct JobList
{
	PublicApi  *api;
	ResultSet  *result;
	int64		left;			/* rows that are still wanted; -1: all */
	MemoryContext cxt;			/* of one row */
} JobList;

/* Add a filter.  The service could take an empty one for none, and return all jobs. */
static void
add_parameter(StringInfo path, const char *name, const char *value)
{
	if (value[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("filters of batch jobs must not be empty"),
				 errdetail("The filter \"%s\" is.", name),
				 errhint("NULL leaves a filter out.")));
	appendStringInfo(path, "&%s=", name);
	drs_url_append_value(path, value);
}

static void
add_text(StringInfo path, FunctionCallInfo fcinfo, int arg, const char *name)
{
	char	   *value = drs_argument_text(fcinfo, arg);

	if (value)
		add_parameter(path, name, value);
}

/* Add a list of words, of which a job must have one. */
static void
add_list(StringInfo path, FunctionCallInfo fcinfo, int arg, const char *name, const char *column,
		 bool upper)
{
	ListCell   *lc;

	foreach(lc, drs_argument_names(fcinfo, arg, column))
	{
		char	   *word = lfirst(lc);

		add_parameter(path, name, upper ? asc_toupper(word, strlen(word)) : word);
	}
}

static void
add_time(StringInfo path, FunctionCallInfo fcinfo, int arg, const char *name, const char *column)
{
	struct pg_tm tm;
	fsec_t		fraction;

	if (PG_ARGISNULL(arg))
		return;
	if (TIMESTAMP_NOT_FINITE(PG_GETARG_TIMESTAMPTZ(arg)) ||
		timestamp2tm(PG_GETARG_TIMESTAMPTZ(arg), NULL, &tm, &fraction, NULL, NULL) != 0 ||
		tm.tm_year < 1 || tm.tm_year > 9999)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("the argument \"%s\" must be a time of the years 1 to 9999", column)));
	add_parameter(path, name,
				  psprintf("%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year, tm.tm_mon,
						   tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int) fraction));
}

static void
add_order(StringInfo path, FunctionCallInfo fcinfo)
{
	static const char *const orders[] = {"created", "-created", "status", "-status"};
	char	   *order = drs_argument_text(fcinfo, ARG_ORDER_BY);

	if (order == NULL)
		return;
	for (size_t i = 0; i < lengthof(orders); i++)
		if (strcmp(order, orders[i]) == 0)
		{
			add_parameter(path, "orderBy", order);
			return;
		}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid order_by: \"%s\"", order),
			 errhint("It can be \"created\", \"-created\", \"status\" or \"-status\".")));
}

/* The deployment may be given by its label. */
static void
add_deployment(StringInfo path, FunctionCallInfo fcinfo, PublicApi *api)
{
	char	   *deployment = drs_argument_text(fcinfo, ARG_DEPLOYMENT);

	if (deployment)
		add_parameter(path, "deploymentId", drs_deployment_id(api, deployment));
}

static void
add_period(StringInfo path, FunctionCallInfo fcinfo)
{
	int64		hours = drs_jobs_count_argument(fcinfo, ARG_CUTOFF_HOURS, "cutoff_hours");

	if (hours >= 0 && !PG_ARGISNULL(ARG_CREATED_FROM))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cutoff_hours and created_from exclude each other")));
	if (hours >= 0)
		add_parameter(path, "cutoffHours", psprintf(INT64_FORMAT, hours));
	add_time(path, fcinfo, ARG_CREATED_FROM, "startDateTime", "created_from");
	add_time(path, fcinfo, ARG_CREATED_TO, "endDateTime", "created_to");
}

/* The path of the list, for pages of so many rows. */
static char *
list_path(FunctionCallInfo fcinfo, PublicApi *api, int64 page)
{
	StringInfoData path;
	int64		skipped = drs_jobs_count_argument(fcinfo, ARG_SKIP_ROWS, "skip_rows");

	initStringInfo(&path);
	appendStringInfo(&path, "/batchPredictions/?offset=" INT64_FORMAT "&limit=" INT64_FORMAT,
					 Max(skipped, 0), page);
	add_list(&path, fcinfo, ARG_STATUS, "status", "status", true);
	add_list(&path, fcinfo, ARG_SOURCE, "source", "source", false);
	add_period(&path, fcinfo);
	add_order(&path, fcinfo);
	add_text(&path, fcinfo, ARG_MODEL_ID, "modelId");
	add_text(&path, fcinfo, ARG_JOB, "jobId");
	add_text(&path, fcinfo, ARG_DEFINITION_ID, "batchPredictionJobDefinitionId");
	add_text(&path, fcinfo, ARG_HOSTNAME, "hostname");
	add_list(&path, fcinfo, ARG_INTAKE_TYPE, "intakeType", "intake_type", false);
	add_list(&path, fcinfo, ARG_OUTPUT_TYPE, "outputType", "output_type", false);
	add_list(&path, fcinfo, ARG_BATCH_JOB_TYPE, "batchJobType", "batch_job_type", false);
	if (!PG_ARGISNULL(ARG_ALL_JOBS))
		add_parameter(&path, "allJobs", PG_GETARG_BOOL(ARG_ALL_JOBS) ? "true" : "false");
	add_deployment(&path, fcinfo, api);
	return path.data;
}

/* Is a list of words given that has none?  No job has one of these. */
static bool
is_impossible(FunctionCallInfo fcinfo)
{
	static const int lists[] = {
		ARG_STATUS, ARG_SOURCE, ARG_INTAKE_TYPE, ARG_OUTPUT_TYPE, ARG_BATCH_JOB_TYPE
	};

	for (size_t i = 0; i < lengthof(lists); i++)
		if (!PG_ARGISNULL(lists[i]) &&
			ArrayGetNItems(ARR_NDIM(PG_GETARG_ARRAYTYPE_P(lists[i])),
						   ARR_DIMS(PG_GETARG_ARRAYTYPE_P(lists[i]))) == 0)
			return true;
	return false;
}

static bool
put_job(JsonbContainer *record, void *arg)
{
	JobList    *list = arg;
	MemoryContext old;

	if (list->left == 0)
		return false;
	old = MemoryContextSwitchTo(list->cxt);
	drs_jobrow_put(list->result, drs_job_parse_record(list->api, record));
	MemoryContextSwitchTo(old);
	MemoryContextReset(list->cxt);
	if (list->left > 0)
		list->left--;
	return list->left != 0;
}

Datum
drs_batch_jobs(PG_FUNCTION_ARGS)
{
	JobList		list = {
		.result = drs_resultset_open(fcinfo),
		.left = drs_jobs_count_argument(fcinfo, ARG_MAX_ROWS, "max_rows"),
		.cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring batch job",
									 ALLOCSET_DEFAULT_SIZES)
	};
	ApiAnswer	refused;
	char	   *path;

	list.api = drs_jobs_open_api(fcinfo);
	path = list_path(fcinfo, list.api, list.left < 0 ? PAGE_ROWS : Min(list.left, PAGE_ROWS));
	if (list.left != 0 && !is_impossible(fcinfo) &&
		!drs_api_list(list.api, path, put_job, &list, &refused))
		drs_api_raise(list.api, &refused);
	drs_api_close(list.api);
	return (Datum) 0;
}
