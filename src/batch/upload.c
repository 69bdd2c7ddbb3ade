/*
 * upload.c
 *		Sends the data of a batch job while it is made.
 *
 * There are two buffers: records are written into one while the other is sent.  As one
 * PUT, libcurl takes bytes of the latter, then both change places.  In parts, the latter
 * is the body of a PUT of its own, and they change places when that was answered.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "batch/csvtranslator.h"
#include "batch/job.h"
#include "batch/transferfailure.h"
#include "batch/upload.h"

/*
 * Bytes that wait before a request that has paused for them is continued at once: fewer
 * are left until the next poll, so that pieces are not small.
 */
#define RESUME_BYTES (256 * 1024)

/* What is being sent. */
typedef enum UploadStage
{
	UPLOAD_NOTHING,				/* between requests */
	UPLOAD_STREAM,
	UPLOAD_SENDING_PART,
	UPLOAD_FINALIZING,
	UPLOAD_CONFIRMED
} UploadStage;

struct Upload
{
	PublicApi  *api;
	MemoryContext cxt;
	UploadPlan	plan;
	CsvTranslator *translator;	/* NULL: bytes are sent as they are */
	UploadStage stage;
	ApiCall    *call;			/* NULL: none is running */
	int			parts;			/* that were started */
	bool		finished;		/* there are no more records */
	ByteBuf		filling;
	ByteBuf		sending;
	size_t		taken;			/* bytes of sending, of the one PUT */
	bool		passed_first;	/* the first buffer of the one PUT is gone */
	MemoryContextCallback ending;
};

static void
free_buffers(void *arg)
{
	Upload	   *upload = arg;

	drs_bytebuf_free(&upload->filling);
	drs_bytebuf_free(&upload->sending);
}

/* Bytes that one of the buffers has, unless a record is larger. */
static size_t
buffer_size(const Upload *upload)
{
	if (!upload->plan.multipart)
		return DRS_UPLOAD_BLOCK;
	return upload->plan.part_bytes > 0 ? upload->plan.part_bytes : DRS_UPLOAD_PART;
}

Upload *
drs_upload_open(PublicApi *api, const UploadPlan *plan)
{
	MemoryContext cxt = AllocSetContextCreate(drs_api_context(api), "datarobot_scoring upload",
											  ALLOCSET_SMALL_SIZES);
	Upload	   *upload = MemoryContextAllocZero(cxt, sizeof(Upload));
	MemoryContext old = MemoryContextSwitchTo(cxt);

	upload->api = api;
	upload->cxt = cxt;
	upload->plan = *plan;
	if (plan->dialect && !drs_csvdialect_is_standard(plan->dialect))
		upload->translator = drs_csvtranslator_create(&drs_csv_standard, plan->dialect);
	drs_bytebuf_init(&upload->filling, SIZE_MAX);
	drs_bytebuf_init(&upload->sending, SIZE_MAX);
	upload->ending.func = free_buffers;
	upload->ending.arg = upload;
	MemoryContextRegisterResetCallback(cxt, &upload->ending);
	MemoryContextSwitchTo(old);
	return upload;
}

void
drs_upload_close(Upload *upload)
{
	MemoryContextDelete(upload->cxt);
}

size_t
drs_upload_room(const Upload *upload)
{
	size_t		size = buffer_size(upload);

	return upload->filling.len < size ? size - upload->filling.len : 0;
}

/* Let what is filled be sent, and fill the other buffer.  Called by libcurl, too. */
static void
swap_buffers(Upload *upload)
{
	ByteBuf		sent = upload->sending;

	upload->sending = upload->filling;
	upload->filling = sent;
	upload->filling.len = 0;
	upload->taken = 0;
	/* a large record has made it grow */
	if (upload->filling.size > 2 * buffer_size(upload))
		drs_bytebuf_free(&upload->filling);
}

/* BodyPull: the next bytes of the one PUT. */
static BodyStep
pull_bytes(void *arg, char *buffer, size_t room, size_t *len)
{
	Upload	   *upload = arg;

	if (upload->taken == upload->sending.len)
	{
		if (upload->filling.len == 0)
			return upload->finished ? BODY_ENDED : BODY_PAUSED;
		upload->passed_first |= upload->sending.len > 0;
		swap_buffers(upload);
	}
	*len = Min(room, upload->sending.len - upload->taken);
	memcpy(buffer, upload->sending.data + upload->taken, *len);
	upload->taken += *len;
	return BODY_MOVED;
}

/*
 * ApiRestart: the one PUT was refused, and would be accepted now.  That can be done while
 * its first bytes are still there.
 */
static void
restart_stream(void *arg)
{
	Upload	   *upload = arg;

	if (upload->passed_first)
		ereport(ERROR,
				(errcode(ERRCODE_CONNECTION_FAILURE),
				 errmsg("the data of batch job %s cannot be sent again after HTTP status %d",
						upload->plan.job_id, drs_api_status(upload->call)),
				 errdetail("The rows that were sent are not kept.")));
	upload->taken = 0;
}

static void
start(Upload *upload, UploadStage stage, const char *what, ApiRequest request)
{
	MemoryContext old = MemoryContextSwitchTo(upload->cxt);
	char	   *path = drs_job_path(upload->plan.job_id, what);

	request.path = path;
	upload->call = drs_api_start(upload->api, upload->cxt, &request);
	upload->stage = stage;
	pfree(path);
	MemoryContextSwitchTo(old);
}

/*
 * No limit of time: a service may take bytes only when the job has a slot, and rows may
 * come from a slow query.
 */
static void
start_stream(Upload *upload)
{
	start(upload, UPLOAD_STREAM, "csvUpload/",
		  (ApiRequest) {
		.method = "PUT",
		.source = {.pull = pull_bytes, .arg = upload, .length = DRS_LENGTH_UNKNOWN},
		.content_type = "text/csv",
		.repeatable = REPEATABLE_REFUSED,
		.restart = restart_stream,
		.restart_arg = upload
	});
}

static void
start_part(Upload *upload)
{
	char	   *what = psprintf("csvUpload/part/%d/", upload->parts++);

	swap_buffers(upload);
	start(upload, UPLOAD_SENDING_PART, what,
		  (ApiRequest) {
		.method = "PUT",
		.source = {.bytes = upload->sending.data, .length = (int64) upload->sending.len},
		.content_type = "text/csv",
		.repeatable = upload->plan.repeatable ? REPEATABLE : REPEATABLE_REFUSED,
		.stall_timeout = DRS_API_TIMEOUT
	});
	pfree(what);
}

static void
start_finalizing(Upload *upload)
{
	start(upload, UPLOAD_FINALIZING, "csvUpload/finalizeMultipart/",
		  (ApiRequest) {
		.method = "POST",
		.repeatable = REPEATABLE,
		.timeout = DRS_API_TIMEOUT
	});
}

/* Start the next request, if its time has come, or continue the one that has paused. */
static void
advance(Upload *upload)
{
	if (upload->stage == UPLOAD_STREAM && (upload->filling.len > 0 || upload->finished))
		drs_api_resume(upload->call);
	if (upload->stage != UPLOAD_NOTHING)
		return;
	if (!upload->plan.multipart)
		start_stream(upload);
	else if (upload->filling.len > 0 && (upload->finished || drs_upload_room(upload) == 0))
		start_part(upload);
	else if (upload->finished)
		start_finalizing(upload);
}

static void
add_bytes(Upload *upload, const char *bytes, size_t len)
{
	if (upload->translator)
		drs_csvtranslator_add(upload->translator, bytes, len, &upload->filling);
	else if (!drs_bytebuf_add(&upload->filling, bytes, len))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory"),
				 errdetail("Failed on a record of %zu bytes.", len)));
}

/* Begin the data, or a part, with the header; of data that has begun, do nothing. */
static void
add_header(Upload *upload)
{
	bool		first = upload->plan.multipart ? upload->filling.len == 0 :
		upload->stage == UPLOAD_NOTHING && upload->filling.len == 0;

	if (!first || upload->plan.header_len == 0)
		return;
	if (upload->translator)
		drs_csvtranslator_reset(upload->translator);	/* a mark of the byte order, too */
	add_bytes(upload, upload->plan.header, upload->plan.header_len);
}

void
drs_upload_write(Upload *upload, const char *bytes, size_t len)
{
	add_header(upload);
	add_bytes(upload, bytes, len);
	if (upload->filling.len >= RESUME_BYTES || upload->stage == UPLOAD_NOTHING)
		advance(upload);
}

void
drs_upload_finish(Upload *upload)
{
	if (upload->parts == 0)
		add_header(upload);		/* the service says what it thinks of no records */
	upload->finished = true;
	advance(upload);
}

/* Was all of it taken, so that the answer is about all of it? */
static bool
is_complete(const Upload *upload)
{
	return upload->finished && upload->filling.len == 0 &&
		(upload->stage != UPLOAD_STREAM || upload->taken == upload->sending.len);
}

/*
 * Has the service finalized it already?  An answer to the first attempt that was lost
 * leads to a refusal of the second.
 */
static bool
was_finalized(const Upload *upload, const ApiAnswer *answer)
{
	Job		   *job;

	if (upload->stage != UPLOAD_FINALIZING || answer->retry.attempts < 2 ||
		!(drs_api_has_status(answer, 409) || drs_api_has_status(answer, 422)))
		return false;
	job = drs_job_get(upload->api, upload->plan.job_id);
	return job->queued || job->state == JOB_RUNNING || job->state == JOB_COMPLETED;
}

/* A request has ended. */
static void
take_answer(Upload *upload)
{
	ApiAnswer	answer = drs_api_answer(upload->call);
	bool		good = drs_api_succeeded(&answer);

	if (!good && !was_finalized(upload, &answer))
		drs_transfer_raise(upload->api, upload->plan.job_id, "the data", &answer);
	if (upload->stage == UPLOAD_STREAM && !is_complete(upload))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the data of batch job %s was accepted before all of it was sent",
						upload->plan.job_id)));
	drs_api_end(upload->call);
	upload->call = NULL;
	upload->stage = upload->stage == UPLOAD_SENDING_PART ? UPLOAD_NOTHING : UPLOAD_CONFIRMED;
	upload->sending.len = upload->taken = 0;
}

bool
drs_upload_poll(Upload *upload)
{
	if (upload->call && drs_api_poll(upload->call))
		take_answer(upload);
	if (upload->stage != UPLOAD_CONFIRMED &&
		(upload->finished || upload->filling.len > 0))
		advance(upload);
	return upload->stage == UPLOAD_CONFIRMED;
}

TimestampTz
drs_upload_due(const Upload *upload)
{
	return upload->call ? drs_api_due(upload->call) : DT_NOEND;
}
