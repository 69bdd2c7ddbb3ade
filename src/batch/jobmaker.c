/*
 * jobmaker.c
 *		Creates jobs with the specification of a call.
 */
#include "postgres.h"

#include "utils/memutils.h"

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
	ApiCall    *call;			/* that creates a job; NULL: there is none */
	MemoryContext call_cxt;		/* of it and what it sends */
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

void
drs_jobmaker_start(JobMaker *maker)
{
	MemoryContext cxt = AllocSetContextCreate(drs_api_context(maker->api),
											  "datarobot_scoring job creation",
											  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	ApiRequest	request = drs_job_creation(next_spec(maker));

	maker->call = drs_api_start(maker->api, cxt, &request);
	maker->call_cxt = cxt;
	MemoryContextSwitchTo(old);
}

bool
drs_jobmaker_is_busy(const JobMaker *maker)
{
	return maker->call != NULL;
}

TimestampTz
drs_jobmaker_due(const JobMaker *maker)
{
	return maker->call ? drs_api_due(maker->call) : DT_NOEND;
}

/*
 * May a job have been refused because it is to be sent in parts (docs/api.md 2.9)?  How
 * services say so is open.
 */
static bool
may_refuse_parts(const JobMaker *maker, const ApiAnswer *answer)
{
	return !maker->is_proven &&
		(drs_api_has_status(answer, 422) || drs_api_has_status(answer, 400));
}

char *
drs_jobmaker_poll(JobMaker *maker)
{
	ApiAnswer	answer;
	char	   *id = NULL;

	if (maker->call == NULL || !drs_api_poll(maker->call))
		return NULL;
	answer = drs_api_answer(maker->call);
	if (drs_api_succeeded(&answer))
		id = drs_job_parse(maker->api, &answer, NULL)->id;
	else if (!may_refuse_parts(maker, &answer))
		drs_api_raise(maker->api, &answer);
	maker->call = NULL;
	MemoryContextDelete(maker->call_cxt);
	maker->is_proven = true;
	if (id == NULL)
	{
		maker->in_parts = false;
		drs_jobmaker_start(maker);
	}
	return id;
}
