/*
 * download.c
 *		Reads the result of a batch job while the job makes it.
 *
 * There are two buffers: libcurl's bytes are put into one while the other is read.  They
 * change places when the reader asks for more.
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/clock.h"
#include "batch/csvtranslator.h"
#include "batch/download.h"
#include "batch/joboverdue.h"
#include "batch/transferfailure.h"
#include "batch/waitnotice.h"

/* Pauses between questions after the job's state, in ms: each is longer than the one before. */
#define FIRST_PAUSE_MS 100.0
#define PAUSE_GROWTH 1.5
#define LAST_PAUSE_MS 5000.0

/*
 * How long nothing may come of a result before its job is asked for, in s: a connection
 * can be dead without either side knowing.
 */
#define SILENCE_S 60

/* Cuts that brought nothing new, after the end of the job, each after the retries of the call. */
#define MAX_FRUITLESS 3

typedef enum DownloadStage
{
	DOWNLOAD_WAITING,			/* for the job to have a result; between two questions */
	DOWNLOAD_ASKING,			/* a question runs */
	DOWNLOAD_READING,			/* the result comes */
	DOWNLOAD_PROBING,			/* so it does, but nothing came for long: a question runs */
	DOWNLOAD_DONE
} DownloadStage;

struct Download
{
	PublicApi  *api;
	MemoryContext cxt;
	DownloadPlan plan;
	CsvTranslator *translator;	/* NULL: bytes are handed out as they come */
	DownloadStage stage;

	/* the job */
	MemoryContext job_cxt;
	Job		   *job;			/* NULL: not known yet */
	ApiCall    *question;		/* NULL: none runs */
	double		pause;			/* ms before the next one */
	TimestampTz next;			/* when it is due */
	WaitNotice	notice;			/* gap 0: nobody has read yet, so nobody waits */

	/* the result */
	ApiCall    *call;			/* NULL: it does not come now */
	bool		has_ended;		/* all of it has come, by what HTTP says */
	int			restarts;
	int64		received;		/* bytes, since it began */
	int64		furthest;		/* bytes, before one of the times that it was cut */
	int			fruitless;		/* cuts one after another that brought nothing new, after the
								 * job's end */
	int64		probed;			/* bytes at the last question because of silence */
	TimestampTz moved;			/* when bytes came last, as far as reads have seen */
	int64		seen;			/* bytes then */
	ByteBuf		arriving;
	ByteBuf		reading;
	ByteBuf		translated;
	MemoryContextCallback ending;
};

static void
free_buffers(void *arg)
{
	Download   *download = arg;

	drs_bytebuf_free(&download->arriving);
	drs_bytebuf_free(&download->reading);
	drs_bytebuf_free(&download->translated);
}

Download *
drs_download_open(PublicApi *api, const DownloadPlan *plan)
{
	MemoryContext cxt = AllocSetContextCreate(drs_api_context(api), "datarobot_scoring download",
											  ALLOCSET_SMALL_SIZES);
	Download   *download = MemoryContextAllocZero(cxt, sizeof(Download));
	MemoryContext old = MemoryContextSwitchTo(cxt);

	download->api = api;
	download->cxt = cxt;
	download->plan = *plan;
	if (plan->dialect && !drs_csvdialect_is_standard(plan->dialect))
		download->translator = drs_csvtranslator_create(plan->dialect, &drs_csv_standard);
	download->job_cxt = AllocSetContextCreate(cxt, "datarobot_scoring job",
											  ALLOCSET_SMALL_SIZES);
	download->pause = FIRST_PAUSE_MS;
	download->next = drs_clock();
	if (plan->since == 0)
		download->plan.since = download->next;
	drs_bytebuf_init(&download->arriving, SIZE_MAX);
	drs_bytebuf_init(&download->reading, SIZE_MAX);
	drs_bytebuf_init(&download->translated, SIZE_MAX);
	download->ending.func = free_buffers;
	download->ending.arg = download;
	MemoryContextRegisterResetCallback(cxt, &download->ending);
	MemoryContextSwitchTo(old);
	return download;
}

void
drs_download_close(Download *download)
{
	MemoryContextDelete(download->cxt);
}

int
drs_download_restarts(const Download *download)
{
	return download->restarts;
}

const Job *
drs_download_job(const Download *download)
{
	return download->job;
}

/* BodyPush: bytes of the result. */
static BodyStep
push_bytes(void *arg, const char *bytes, size_t len)
{
	Download   *download = arg;

	if (download->arriving.len > 0 && download->arriving.len + len > DRS_DOWNLOAD_BLOCK)
		return BODY_PAUSED;
	if (!drs_bytebuf_add(&download->arriving, bytes, len))
		return BODY_STOPPED;
	download->received += len;
	return BODY_MOVED;
}

/* ApiRestart: the result begins again from its first byte. */
static void
restart(void *arg)
{
	Download   *download = arg;

	if (download->received == 0)
		return;
	download->restarts++;
	download->furthest = Max(download->furthest, download->received);
	download->received = download->seen = 0;
	download->arriving.len = 0;
	if (download->translator)
		drs_csvtranslator_reset(download->translator);
}

static void
start_question(Download *download, DownloadStage stage)
{
	MemoryContext old = MemoryContextSwitchTo(download->job_cxt);
	ApiRequest	question = drs_job_question(download->plan.job_id);

	if (download->notice.gap == 0)
		download->notice = drs_waitnotice_begin();
	download->question = drs_api_start(download->api, download->cxt, &question);
	download->stage = stage;
	MemoryContextSwitchTo(old);
}

/* Ask again after a pause, longer than the last one. */
static void
wait_to_ask(Download *download)
{
	download->stage = DOWNLOAD_WAITING;
	download->next = drs_clock() + (int64) (download->pause * 1000);
	download->pause = Min(download->pause * PAUSE_GROWTH, LAST_PAUSE_MS);
}

/* Raise for a job that is over, and whose result is not there. */
pg_noreturn static void
raise_gone(const Download *download)
{
	const Job  *job = download->job;

	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("batch job %s has no result to download", job->id),
			 job->results_deleted ?
			 errdetail("The service has deleted it; it keeps results for 48 hours.") :
			 errdetail("The job is %s: its output is written elsewhere, or the service, which"
					   " keeps results for 48 hours, has deleted it.", job->status)));
}

/*
 * Where the result is; NULL while it is nowhere.  A record can lack its links though the
 * job has ended (docs/api.md 2.12), so then it is asked for at its place.
 */
static char *
result_path(const Job *job)
{
	char	   *type;

	if (job->download)
		return job->download;
	if (job->state != JOB_COMPLETED || job->results_deleted)
		return NULL;
	type = drs_job_text(&job->record->root, "jobSpec.outputSettings.type");
	if (type && !drs_job_is_local(type))
		return NULL;
	return drs_job_path(job->id, "download/");
}

/* BodyPush: the first bytes of a result show that it is there. */
static BodyStep
stop_at_first(void *arg, const char *bytes, size_t len)
{
	return BODY_STOPPED;
}

bool
drs_download_is_there(PublicApi *api, const Job *job)
{
	ApiRequest	request = {
		.method = "GET",
		.path = result_path(job),
		.accept = "text/csv",
		.sink = {.push = stop_at_first},
		.repeatable = REPEATABLE,
		.timeout = DRS_API_TIMEOUT
	};
	ApiAnswer	answer;

	if (request.path == NULL)
		return false;
	answer = drs_api_exchange(api, &request);
	return !drs_api_has_status(&answer, 404);
}

/*
 * Nothing may come for hours, while rows are sent slowly or the job waits, so there is no
 * limit of time; watch_silence() notices when the connection is dead.
 */
static void
start_reading(Download *download)
{
	MemoryContext old = MemoryContextSwitchTo(download->job_cxt);
	char	   *path = result_path(download->job);

	MemoryContextSwitchTo(old);
	if (path == NULL)
		raise_gone(download);
	download->call = drs_api_start(download->api, download->cxt,
								   &(ApiRequest) {
		.method = "GET",
		.path = path,
		.accept = "text/csv",
		.sink = {.push = push_bytes, .arg = download},
		.repeatable = REPEATABLE,
		.restart = restart,
		.restart_arg = download
	});
	download->stage = DOWNLOAD_READING;
	download->received = download->seen = download->probed = 0;
	download->moved = drs_clock();
}

/* A read of the result has ended without all of it: begin again. */
static void
read_again(Download *download)
{
	restart(download);
	drs_api_end(download->call);
	download->call = NULL;
	start_reading(download);
}

TimestampTz
drs_download_deadline(const DownloadPlan *plan)
{
	return plan->timeout > 0 ? plan->since + (int64) (plan->timeout * 1000) : DT_NOEND;
}

void
drs_download_check_time(const DownloadPlan *plan, const Job *job)
{
	if (drs_clock() < drs_download_deadline(plan))
		return;
	drs_joboverdue_raise(plan->job_id, plan->timeout, job ? job->status : NULL,
						 !plan->deletes ? NULL :
						 _("The job is aborted, because the option \"delete_on_timeout\" is"
						   " set."));
}

/* Take the answer to a question.  False: there is none yet. */
static bool
take_job(Download *download)
{
	ApiAnswer	answer;
	MemoryContext old;

	if (!drs_api_poll(download->question))
		return false;
	answer = drs_api_answer(download->question);
	if (drs_api_has_status(&answer, 404))
		drs_job_raise_unknown(download->plan.job_id);
	if (!drs_api_succeeded(&answer))
		drs_api_raise(download->api, &answer);
	MemoryContextReset(download->job_cxt);
	download->job = NULL;
	old = MemoryContextSwitchTo(download->job_cxt);
	download->job = drs_job_parse(download->api, &answer, download->plan.job_id);
	MemoryContextSwitchTo(old);
	drs_api_end(download->question);
	download->question = NULL;
	return true;
}

/* What follows from the job's state, when nothing is being read. */
static void
decide(Download *download)
{
	const Job  *job = download->job;

	if (job->state == JOB_ABORTED || job->state == JOB_FAILED)
		drs_job_raise(download->api, job);
	if (download->has_ended && job->state == JOB_COMPLETED)
		download->stage = DOWNLOAD_DONE;
	else if (!download->has_ended && (job->download || job->state == JOB_COMPLETED))
		start_reading(download);
	else
	{
		if (!download->plan.quiet)
			drs_waitnotice_send(&download->notice, job, "has no result yet");
		wait_to_ask(download);
	}
}

static bool
is_cut(const ApiAnswer *answer)
{
	return answer->exchange->outcome == OUTCOME_LOST || answer->exchange->outcome == OUTCOME_CUT;
}

/*
 * The connection was cut.  What is between us and the service cuts one on which nothing
 * moves, which is no reason to give up while the job runs and brings nothing; so the job
 * is asked for first, unless the result had come further than before.
 */
static void
take_cut(Download *download, const ApiAnswer *answer)
{
	if (download->received > download->furthest)
	{
		download->fruitless = 0;
		read_again(download);
		return;
	}
	if (drs_job_has_ended(download->job) && ++download->fruitless == MAX_FRUITLESS)
		drs_transfer_raise(download->api, download->plan.job_id, "the result", answer);
	restart(download);
	drs_api_end(download->call);
	download->call = NULL;
	wait_to_ask(download);
}

/* The answer to the request for the result has ended, somehow. */
static void
take_result(Download *download)
{
	ApiAnswer	answer = drs_api_answer(download->call);

	if (is_cut(&answer))
	{
		take_cut(download, &answer);
		return;
	}
	if (drs_api_succeeded(&answer))
	{
		if (!drs_is_csv_type(answer.exchange->content_type))
			ereport(ERROR,
					(errcode(ERRCODE_PROTOCOL_VIOLATION),
					 errmsg("the result of batch job %s is not CSV", download->plan.job_id),
					 errdetail("Its type is \"%s\".", answer.exchange->content_type)));
		download->has_ended = true;
	}
	/* a link can be there before there is something to read */
	else if (!drs_api_has_status(&answer, 404) || drs_job_has_ended(download->job))
		drs_transfer_raise(download->api, download->plan.job_id, "the result", &answer);
	drs_api_end(download->call);
	download->call = NULL;
	if (download->has_ended)
	{
		download->pause = FIRST_PAUSE_MS;
		start_question(download, DOWNLOAD_ASKING);
	}
	else
		wait_to_ask(download);
}

/* Nothing has come for long: does the job still exist, and run? */
static void
watch_silence(Download *download)
{
	TimestampTz now = drs_clock();

	if (download->received != download->seen)
	{
		download->seen = download->received;
		download->moved = now;
	}
	if (now - download->moved < SILENCE_S * USECS_PER_SEC)
		return;
	download->moved = now;
	start_question(download, DOWNLOAD_PROBING);
}

/*
 * The job was asked for because of silence.  When it has ended and nothing came until
 * the next such question, the connection is dead.
 */
static void
decide_silence(Download *download)
{
	const Job  *job = download->job;

	download->stage = DOWNLOAD_READING;
	if (job->state == JOB_ABORTED || job->state == JOB_FAILED)
		drs_job_raise(download->api, job);
	if (job->state == JOB_COMPLETED && download->received == download->probed)
		read_again(download);
	else if (job->state == JOB_COMPLETED)
		download->probed = download->received;
	else if (!download->plan.quiet)
		drs_waitnotice_send(&download->notice, job, "has no result yet");
}

/* Do what is due.  Does not wait. */
static void
advance(Download *download)
{
	if (download->question && take_job(download))
	{
		if (download->stage == DOWNLOAD_PROBING)
			decide_silence(download);
		else
			decide(download);
	}
	if (download->stage == DOWNLOAD_WAITING && drs_clock() >= download->next)
		start_question(download, DOWNLOAD_ASKING);
	if (download->stage == DOWNLOAD_READING && drs_api_poll(download->call))
		take_result(download);
	else if (download->stage == DOWNLOAD_READING)
		watch_silence(download);
}

/* Hand out what has arrived.  False: nothing. */
static bool
hand_out(Download *download, const char **bytes, size_t *len)
{
	ByteBuf		read = download->reading;

	if (download->arriving.len == 0)
		return false;
	download->reading = download->arriving;
	download->arriving = read;
	download->arriving.len = 0;
	if (download->call)
		drs_api_resume(download->call);
	if (download->translator)
	{
		download->translated.len = 0;
		drs_csvtranslator_add(download->translator, download->reading.data,
							  download->reading.len, &download->translated);
		*bytes = download->translated.data;
		*len = download->translated.len;
	}
	else
	{
		*bytes = download->reading.data;
		*len = download->reading.len;
	}
	return *len > 0;
}

/* The end of the translation, which may have been kept until then.  False: nothing. */
static bool
hand_out_end(Download *download, const char **bytes, size_t *len)
{
	if (download->translator == NULL)
		return false;
	download->translated.len = 0;
	drs_csvtranslator_end(download->translator, &download->translated);
	download->translator = NULL;
	*bytes = download->translated.data;
	*len = download->translated.len;
	return *len > 0;
}

DownloadStep
drs_download_read(Download *download, const char **bytes, size_t *len)
{
	if (hand_out(download, bytes, len))
		return DOWNLOAD_BYTES;
	advance(download);
	if (hand_out(download, bytes, len))
		return DOWNLOAD_BYTES;
	if (download->stage == DOWNLOAD_DONE)
		return hand_out_end(download, bytes, len) ? DOWNLOAD_BYTES : DOWNLOAD_END;
	drs_download_check_time(&download->plan, download->job);
	return DOWNLOAD_NOTHING_YET;
}

TimestampTz
drs_download_due(const Download *download)
{
	TimestampTz due = DT_NOEND;

	if (download->stage == DOWNLOAD_WAITING)
		due = download->next;
	if (download->question)
		due = Min(due, drs_api_due(download->question));
	if (download->call)
	{
		due = Min(due, drs_api_due(download->call));
		due = Min(due, download->moved + SILENCE_S * USECS_PER_SEC);
	}
	return Min(due, drs_download_deadline(&download->plan));
}
