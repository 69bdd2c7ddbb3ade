/*
 * job.c
 *		Reads the records of jobs, and raises for those that went wrong.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "api/jsonpath.h"
#include "base/jsonbtext.h"
#include "base/mask.h"
#include "base/url.h"
#include "batch/job.h"

#define MAX_ID 100

/* The largest number of a record: beyond it, a double does not have all whole numbers. */
#define MAX_NUMBER 9007199254740992.0

/* What is quoted of a record in messages, in lines and bytes. */
#define MAX_QUOTED_LINES 8
#define MAX_QUOTED_LINE 300

bool
drs_job_is_local(const char *type)
{
	return strcmp(type, "localFile") == 0 || strcmp(type, "local_file") == 0;
}

bool
drs_job_has_ended(const Job *job)
{
	return job->state == JOB_COMPLETED || job->state == JOB_ABORTED || job->state == JOB_FAILED;
}

/* Can it be the id of a job, and so a part of a path?  Letters are those of ASCII. */
static bool
is_id(const char *id)
{
	size_t		len = strlen(id);

	return len > 0 && len <= MAX_ID &&
		strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == len;
}

char *
drs_job_path(const char *id, const char *what)
{
	if (!is_id(id))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%.*s\" cannot be the id of a batch job",
						pg_mbcliplen(id, (int) strlen(id), MAX_ID), id),
				 errdetail("Ids are made of letters, digits, \"-\" and \"_\".")));
	return psprintf("/batchPredictions/%s/%s", id, what);
}

/* A name in snake_case. */
static char *
snake_case(const char *name)
{
	StringInfoData text;

	initStringInfo(&text);
	for (; *name; name++)
	{
		if (*name >= 'A' && *name <= 'Z')
			appendStringInfoChar(&text, '_');
		appendStringInfoChar(&text, (char) pg_ascii_tolower((unsigned char) *name));
	}
	return text.data;
}

JsonbContainer *
drs_job_container(JsonbContainer *record, const char *name)
{
	size_t		len = strcspn(name, ".");
	char	   *here = pnstrdup(name, len);
	JsonbContainer *below = drs_jsonpath_container(record, here);

	if (below == NULL)
		below = drs_jsonpath_container(record, snake_case(here));
	return below && name[len] ? drs_job_container(below, name + len + 1) : below;
}

char *
drs_job_text(JsonbContainer *record, const char *name)
{
	const char *dot = strrchr(name, '.');
	char	   *text;

	if (dot)
	{
		record = drs_job_container(record, pnstrdup(name, dot - name));
		name = dot + 1;
	}
	if (record == NULL)
		return NULL;
	text = drs_jsonpath_text(record, name);
	return text ? text : drs_jsonpath_text(record, snake_case(name));
}

/* A number that is not negative, or DRS_JOB_UNKNOWN. */
static double
read_number(JsonbContainer *record, const char *name)
{
	char	   *text = drs_job_text(record, name);
	char	   *end;
	double		number;

	if (text == NULL || text[0] == '\0')
		return DRS_JOB_UNKNOWN;
	number = strtod(text, &end);
	return *end == '\0' && number >= 0 && number <= MAX_NUMBER ? number : DRS_JOB_UNKNOWN;
}

static int64
read_count(JsonbContainer *record, const char *name)
{
	return (int64) read_number(record, name);
}

static bool
read_truth(JsonbContainer *record, const char *name)
{
	return drs_jsonpath_is_true(record, name) || drs_jsonpath_is_true(record, snake_case(name));
}

/* Mask secrets that JSON spelt with escapes; NULL remains NULL. */
static char *
without_secrets(const PublicApi *api, char *text)
{
	if (text)
		drs_mask_secrets(text, strlen(text), drs_api_endpoint(api)->secrets, DRS_TELLING_SECRET);
	return text;
}

static List *
read_log(const PublicApi *api, JsonbContainer *record)
{
	List	   *log = drs_jsonpath_texts(record, "logs");
	ListCell   *lc;

	foreach(lc, log)
		(void) without_secrets(api, lfirst(lc));
	return log;
}

/* A link as a URL; NULL when it is null, absent or blank: the same (docs/api.md 6.14). */
static char *
read_link(const PublicApi *api, JsonbContainer *record, const char *name)
{
	char	   *link = drs_job_text(record, name);

	return link && link[0] ? drs_api_link(api, link) : NULL;
}

/* The id of the job that a URL is the address of: the last part of its path. */
static char *
id_in_url(const char *url)
{
	size_t		end = strcspn(url, "?#");
	size_t		start;

	while (end > 0 && url[end - 1] == '/')
		end--;
	for (start = end; start > 0 && url[start - 1] != '/';)
		start--;
	return pnstrdup(url + start, end - start);
}

static JobState
read_state(const char *status)
{
	static const char *const words[] = {
		"INITIALIZING", "RUNNING", "COMPLETED", "ABORTED", "FAILED"
	};

	for (size_t i = 0; i < lengthof(words); i++)
		if (strcmp(status, words[i]) == 0)
			return (JobState) i;
	return JOB_OTHER;
}

pg_noreturn static void
refuse_record(const PublicApi *api, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("server \"%s\" does not answer as DataRobot's public API does",
					drs_api_endpoint(api)->server_name),
			 errdetail("The record of a batch job has %s.", what)));
}

static void
read_links(const PublicApi *api, Job *job, JsonbContainer *record)
{
	job->self = read_link(api, record, "links.self");
	job->csv_upload = read_link(api, record, "links.csvUpload");
	job->download = read_link(api, record, "links.download");
}

static void
read_numbers(Job *job, JsonbContainer *record)
{
	job->percentage = read_number(record, "percentageCompleted");
	job->elapsed = read_count(record, "elapsedTimeSec");
	job->scored_rows = read_count(record, "scoredRows");
	job->failed_rows = read_count(record, "failedRows");
	job->skipped_rows = read_count(record, "skippedRows");
	job->intake_size = read_count(record, "jobIntakeSize");
	job->output_size = read_count(record, "jobOutputSize");
	job->queue_position = read_count(record, "queuePosition");
	job->queued = read_truth(record, "queued");
	job->results_deleted = read_truth(record, "resultsDeleted");
}

/* Read a record; location is the address of the job if the answer has one. */
static Job *
read_record(const PublicApi *api, JsonbContainer *record, const char *location)
{
	Job		   *job = palloc0(sizeof(Job));

	read_links(api, job, record);
	job->id = drs_job_text(record, "id");
	if (job->id == NULL && job->self)
		job->id = id_in_url(job->self);
	if (job->id == NULL && location && location[0])
		job->id = id_in_url(location);
	if (job->id == NULL || !is_id(job->id))
		refuse_record(api, job->id ? "an id that cannot be one" : "no id");
	job->status = drs_job_text(record, "status");
	if (job->status == NULL || job->status[0] == '\0')
		refuse_record(api, "no status");
	for (char *c = job->status; *c; c++)
		*c = (char) pg_ascii_toupper((unsigned char) *c);
	job->state = read_state(job->status);
	job->status_details = without_secrets(api, drs_job_text(record, "statusDetails"));
	job->log = read_log(api, record);
	read_numbers(job, record);
	return job;
}

/* A copy of the record without our secrets, however JSON spelt them. */
static Jsonb *
copy_record(const PublicApi *api, JsonbContainer *record)
{
	char	   *json = without_secrets(api, JsonbToCString(NULL, record, 0));

	return drs_jsonbtext_parse(json);
}

Job *
drs_job_parse_record(PublicApi *api, JsonbContainer *record)
{
	Job		   *job = read_record(api, record, NULL);

	job->record = copy_record(api, record);
	return job;
}

Job *
drs_job_parse(PublicApi *api, const ApiAnswer *answer, const char *id)
{
	Jsonb	   *record = drs_api_json(api, answer);
	Job		   *job = read_record(api, &record->root, answer->exchange->location);

	job->record = copy_record(api, &record->root);
	if (id && strcmp(id, job->id) != 0)
		refuse_record(api, psprintf("the id %s, though that of %s was asked for", job->id, id));
	return job;
}

/* ---- errors about jobs */

/* A text as it is quoted in messages. */
static void
quote(StringInfo details, const char *text)
{
	appendBinaryStringInfo(details, text, pg_mbcliplen(text, (int) strlen(text),
													   MAX_QUOTED_LINE));
}

static void
add_count(StringInfo details, int64 count, const char *what)
{
	if (count >= 0)
		appendStringInfo(details, "%s" INT64_FORMAT " %s", details->len > 0 ? ", " : "Rows: ",
						 count, what);
}

static void
add_line(StringInfo details, const char *intro, const char *text)
{
	if (details->len > 0)
		appendStringInfoChar(details, '\n');
	appendStringInfoString(details, intro);
	quote(details, text);
}

char *
drs_job_details(const Job *job)
{
	int			lines = list_length(job->log);
	StringInfoData details;

	initStringInfo(&details);
	add_count(&details, job->scored_rows, "scored");
	add_count(&details, job->failed_rows, "failed");
	add_count(&details, job->skipped_rows, "skipped");
	if (details.len > 0)
		appendStringInfoChar(&details, '.');
	/* the details are usually the last line of the log */
	if (job->status_details && job->status_details[0] &&
		(lines == 0 || strcmp(job->status_details, llast(job->log)) != 0))
		add_line(&details, "", job->status_details);
	for (int i = Max(lines - MAX_QUOTED_LINES, 0); i < lines; i++)
		add_line(&details, "Log: ", list_nth(job->log, i));
	return details.data;
}

/* What has become of a job, as the end of a sentence. */
static const char *
describe_state(const Job *job)
{
	switch (job->state)
	{
		case JOB_ABORTED:
			return "was aborted";
		case JOB_FAILED:
			return "failed";
		case JOB_COMPLETED:
			return "is completed";
		default:
			return psprintf("is in the state %.*s",
							pg_mbcliplen(job->status, (int) strlen(job->status), 50),
							job->status);
	}
}

static int
job_sqlstate(const Job *job)
{
	if (job->failed_rows > 0)
		return ERRCODE_DATA_EXCEPTION;
	if (job->state == JOB_FAILED)
		return ERRCODE_SYSTEM_ERROR;
	return ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE;
}

void
drs_job_raise(const PublicApi *api, const Job *job)
{
	char	   *details = drs_job_details(job);

	ereport(ERROR,
			(errcode(job_sqlstate(job)),
			 errmsg("batch job %s of server \"%s\" %s", job->id,
					drs_api_endpoint(api)->server_name, describe_state(job)),
			 details[0] ? errdetail_internal("%s", details) : 0));
}
