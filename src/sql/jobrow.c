/*
 * jobrow.c
 *		Makes values of the type datarobot.batch_job.
 */
#include "postgres.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/timeoption.h"
#include "batch/jobspec.h"
#include "sql/jobrow.h"

/* The columns of datarobot.batch_job, in their order. */
enum
{
	COLUMN_ID,
	COLUMN_STATUS,
	COLUMN_STATUS_DETAILS,
	COLUMN_PERCENTAGE,
	COLUMN_SCORED_ROWS,
	COLUMN_FAILED_ROWS,
	COLUMN_SKIPPED_ROWS,
	COLUMN_ELAPSED,
	COLUMN_QUEUED,
	COLUMN_QUEUE_POSITION,
	COLUMN_INTAKE_BYTES,
	COLUMN_OUTPUT_BYTES,
	COLUMN_HAS_RESULT,
	COLUMN_RESULTS_DELETED,
	COLUMN_CREATED,
	COLUMN_CREATED_BY,
	COLUMN_SOURCE,
	COLUMN_HIDDEN,
	COLUMN_DEPLOYMENT,
	COLUMN_MODEL_ID,
	COLUMN_INTAKE_TYPE,
	COLUMN_OUTPUT_TYPE,
	COLUMN_DEFINITION_ID,
	COLUMN_DEFINITION,
	COLUMN_RECORD,
	COLUMNS
};

/* The most seconds that an interval can contain, about. */
#define MAX_SECONDS INT64CONST(9000000000000)

static char *
count_text(int64 count)
{
	return count == DRS_JOB_UNKNOWN ? NULL : psprintf(INT64_FORMAT, count);
}

/* Fill what comes from the fields of the job. */
static void
add_fields(const char **values, const Job *job)
{
	values[COLUMN_ID] = job->id;
	values[COLUMN_STATUS] = job->status;
	values[COLUMN_STATUS_DETAILS] = job->status_details;
	if (job->percentage >= 0)
		values[COLUMN_PERCENTAGE] = psprintf("%.17g", job->percentage);
	values[COLUMN_SCORED_ROWS] = count_text(job->scored_rows);
	values[COLUMN_FAILED_ROWS] = count_text(job->failed_rows);
	values[COLUMN_SKIPPED_ROWS] = count_text(job->skipped_rows);
	if (job->elapsed >= 0 && job->elapsed <= MAX_SECONDS)
		values[COLUMN_ELAPSED] = psprintf(INT64_FORMAT " seconds", job->elapsed);
	values[COLUMN_QUEUED] = drs_resultset_bool(job->queued);
	values[COLUMN_QUEUE_POSITION] = count_text(job->queue_position);
	values[COLUMN_INTAKE_BYTES] = count_text(job->intake_size);
	values[COLUMN_OUTPUT_BYTES] = count_text(job->output_size);
	values[COLUMN_HAS_RESULT] = drs_resultset_bool(job->download != NULL);
	values[COLUMN_RESULTS_DELETED] = drs_resultset_bool(job->results_deleted);
}

/* A time for the input function of timestamptz; NULL for what is no time. */
static char *
time_text(const char *given)
{
	Timestamp	instant;

	if (given == NULL || drs_iso_time(given, &instant) == NULL)
		return NULL;
	return pstrdup(timestamptz_to_str(instant));
}

/* Is it hidden?  The field is a truth value, or the time since when. */
static bool
is_hidden(const char *text)
{
	return text && text[0] && strcmp(text, "false") != 0;
}

/* Fill what is only in the record. */
static void
add_members(const char **values, JsonbContainer *record)
{
	values[COLUMN_CREATED] = time_text(drs_job_text(record, "created"));
	values[COLUMN_CREATED_BY] = drs_job_text(record, "createdBy.username");
	values[COLUMN_SOURCE] = drs_job_text(record, "source");
	values[COLUMN_HIDDEN] = drs_resultset_bool(is_hidden(drs_job_text(record, "hidden")));
	values[COLUMN_DEPLOYMENT] = drs_job_text(record, "jobSpec.deploymentId");
	values[COLUMN_MODEL_ID] = drs_job_text(record, "jobSpec.modelId");
	values[COLUMN_INTAKE_TYPE] = drs_job_text(record, "jobSpec.intakeSettings.type");
	values[COLUMN_OUTPUT_TYPE] = drs_job_text(record, "jobSpec.outputSettings.type");
	values[COLUMN_DEFINITION_ID] = drs_job_text(record, "batchPredictionJobDefinition.id");
	values[COLUMN_DEFINITION] = drs_job_text(record, "batchPredictionJobDefinition.name");
}

static void
make_values(const char **values, const Job *job)
{
	add_fields(values, job);
	add_members(values, &job->record->root);
	values[COLUMN_RECORD] = JsonbToCString(NULL, &drs_jobspec_redact(&job->record->root)->root, 0);
}

Datum
drs_jobrow(FunctionCallInfo fcinfo, const Job *job)
{
	const char *values[COLUMNS] = {NULL};
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE ||
		desc->natts != COLUMNS)
		elog(ERROR, "a batch job has %d columns", COLUMNS);
	make_values(values, job);
	return HeapTupleGetDatum(BuildTupleFromCStrings(TupleDescGetAttInMetadata(desc),
													(char **) values));
}

void
drs_jobrow_put(ResultSet *result, const Job *job)
{
	MemoryContext old = MemoryContextSwitchTo(result->row_cxt);
	const char *values[COLUMNS] = {NULL};

	make_values(values, job);
	MemoryContextSwitchTo(old);
	drs_resultset_put(result, values);
}
