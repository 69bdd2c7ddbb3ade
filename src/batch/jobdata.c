/*
 * jobdata.c
 *		Sends data to a job that waits for it.
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "api/jsonpath.h"
#include "base/clock.h"
#include "batch/jobdata.h"
#include "batch/upload.h"

struct JobData
{
	PublicApi  *api;
	Job		   *job;
	CsvDialect *dialect;
	UploadPlan	plan;
	Upload	   *upload;			/* NULL: nothing was sent yet */
	bool		is_answered;	/* the service's answer is being read */
};

/* What the job's specification says of its data. */
static void
read_intake(JobData *data)
{
	JsonbContainer *record = &data->job->record->root;
	char	   *type = drs_job_text(record, "jobSpec.intakeSettings.type");
	char	   *multipart = drs_job_text(record, "jobSpec.intakeSettings.multipart");
	char	   *async = drs_job_text(record, "jobSpec.intakeSettings.async");

	if (type && !drs_job_is_local(type))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("batch job %s takes no data", data->job->id),
				 errdetail("The type of its intake is \"%s\", not \"localFile\".", type)));
	data->dialect = drs_csvdialect_of_job(data->job);
	data->plan.multipart = multipart && strcmp(multipart, "true") == 0;
	data->plan.repeatable = async && strcmp(async, "false") == 0;
}

JobData *
drs_jobdata_open(PublicApi *api, const char *job_id)
{
	JobData    *data = palloc0(sizeof(JobData));

	data->api = api;
	data->job = drs_job_get(api, job_id);
	if (drs_job_has_ended(data->job))
		drs_job_raise(api, data->job);
	data->plan.job_id = data->job->id;
	read_intake(data);
	return data;
}

const CsvDialect *
drs_jobdata_dialect(const JobData *data)
{
	return data->dialect;
}

bool
drs_jobdata_is_multipart(const JobData *data)
{
	return data->plan.multipart;
}

void
drs_jobdata_set_header(JobData *data, const char *header, size_t len, const CsvDialect *dialect)
{
	data->plan.header = header;
	data->plan.header_len = len;
	data->plan.dialect = dialect;
}

/* Look after the upload.  True: the service has confirmed everything. */
static bool
look_after(JobData *data)
{
	bool		confirmed;

	data->is_answered = true;
	confirmed = drs_upload_poll(data->upload);
	data->is_answered = false;
	return confirmed;
}

void
drs_jobdata_write(JobData *data, const char *bytes, size_t len)
{
	if (len == 0)
		return;
	if (data->upload == NULL)
		data->upload = drs_upload_open(data->api, &data->plan);
	while (drs_upload_room(data->upload) == 0)
	{
		drs_api_wait(data->api, drs_upload_due(data->upload));
		(void) look_after(data);
	}
	drs_upload_write(data->upload, bytes, len);
	drs_api_wait(data->api, drs_clock());	/* only move what is ready */
	(void) look_after(data);
}

/* All is written: send the rest, and wait for the service to confirm it. */
static void
finish(JobData *data, const char *what)
{
	if (data->upload == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("%s has no rows", what),
				 errdetail("Nothing was sent: batch job %s still waits for its data.",
						   data->job->id)));
	drs_upload_finish(data->upload);
	while (!look_after(data))
		drs_api_wait(data->api, drs_upload_due(data->upload));
}

/*
 * Did the service refuse the data?  Then its job may be somebody else's, or wait for
 * other data.
 */
static bool
is_refusal(const JobData *data, const ErrorData *error)
{
	return data->is_answered && ERRCODE_TO_CATEGORY(error->sqlerrcode) !=
		ERRCODE_TO_CATEGORY(ERRCODE_CONNECTION_EXCEPTION);
}

void
drs_jobdata_send(JobData *data, const char *what, void (*send) (JobData *data, void *arg),
				 void *arg)
{
	MemoryContext cxt = CurrentMemoryContext;

	PG_TRY();
	{
		send(data, arg);
		finish(data, what);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(cxt);
		error = CopyErrorData();
		FlushErrorState();
		if (data->upload && !is_refusal(data, error))
		{
			drs_upload_close(data->upload);
			(void) drs_job_try_abort(data->api, data->job->id);
		}
		ReThrowError(error);
	}
	PG_END_TRY();
}
