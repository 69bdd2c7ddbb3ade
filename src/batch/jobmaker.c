/*
 * jobmaker.c
 *		Creates jobs with the specification of a call.
 */
#include "postgres.h"

#include "base/servermessage.h"
#include "batch/job.h"
#include "batch/jobmaker.h"
#include "batch/streamspec.h"

struct JobMaker
{
	PublicApi  *api;
	const Options *options;
	const char *deployment;
	List	   *passed;
	StreamSpec *spec;
	bool		in_parts;
	bool		is_proven;		/* the service takes that */
};

/* The specification of the next job. */
static Jsonb *
next_spec(const JobMaker *maker)
{
	return drs_streamspec_job(maker->spec, maker->options, maker->deployment, maker->passed,
							  maker->in_parts);
}

JobMaker *
drs_jobmaker_create(PublicApi *api, const Options *options, const char *deployment, List *passed)
{
	JobMaker   *maker = palloc0(sizeof(JobMaker));

	maker->api = api;
	maker->options = options;
	maker->deployment = deployment;
	maker->passed = passed;
	maker->in_parts = options->batch.batch_upload != BATCH_UPLOAD_STREAM;
	maker->is_proven = options->batch.batch_upload != BATCH_UPLOAD_AUTO;
	maker->spec = drs_streamspec_of(options);
	pfree(next_spec(maker));	/* raises now for what would be refused later */
	return maker;
}

const CsvDialect *
drs_jobmaker_dialect(const JobMaker *maker)
{
	return maker->spec->dialect;
}

bool
drs_jobmaker_in_parts(const JobMaker *maker)
{
	return maker->in_parts;
}

/* Was a job refused because it is to be sent in parts (docs/api.md 2.9)? */
static bool
refuses_parts(const ApiAnswer *answer)
{
	const Exchange *exchange = answer->exchange;
	const char *message;

	if (!drs_api_has_status(answer, 422))
		return false;
	message = drs_server_message(exchange->body.data, exchange->body.len, NIL);
	return message && (strstr(message, "multipart") || strstr(message, "async"));
}

char *
drs_jobmaker_make(JobMaker *maker)
{
	ApiAnswer	refused;
	Job		   *job = drs_job_try_create(maker->api, next_spec(maker), &refused);

	if (job == NULL && !maker->is_proven && refuses_parts(&refused))
	{
		maker->in_parts = false;
		job = drs_job_try_create(maker->api, next_spec(maker), &refused);
	}
	if (job == NULL)
		drs_api_raise(maker->api, &refused);
	maker->is_proven = true;
	return job->id;
}
