/*
 * upload.h
 *		Sends the data of a batch job while it is made (docs/api.md 2.11): as one PUT,
 *		or in parts.
 *
 * Its memory is bounded.  As one PUT, it keeps up to two blocks of DRS_UPLOAD_BLOCK
 * bytes: one that libcurl takes bytes from, and one that is being filled.  In parts, it
 * keeps the part in flight, which may be sent again, and the one that is being filled.
 * Only a record that is larger than that makes either grow, for as long as it is there.
 *
 * Bytes move in drs_api_wait() and in whatever else waits for the same PublicApi.  The
 * upload ends with the PublicApi, or before by drs_upload_close().  That leaves the job,
 * which the caller may have to abort.
 */
#ifndef DRS_UPLOAD_H
#define DRS_UPLOAD_H

#include "api/client.h"
#include "batch/csvdialect.h"

#define DRS_UPLOAD_BLOCK (1024 * 1024)

/* Bytes of a part, if the caller does not say. */
#define DRS_UPLOAD_PART (4 * 1024 * 1024)

typedef struct Upload Upload;

/* What is to be sent where.  It is copied, but not what it points to. */
typedef struct UploadPlan
{
	const char *job_id;			/* checked by drs_job_path() */
	const char *header;			/* header line with its line end, as drs_encoder_header();
								 * every part begins with it */
	size_t		header_len;
	bool		multipart;		/* the intake has "multipart": true: parts, then
								 * finalizeMultipart */
	bool		repeatable;		/* and "async": false: a part may be sent again */
	size_t		part_bytes;		/* a part is sent once it has as many; 0: DRS_UPLOAD_PART */
	const CsvDialect *dialect;	/* of the job, into which header and records are translated;
								 * NULL: they are sent as they are */
} UploadPlan;

/* Begin an upload, in a child of drs_api_context().  Sends nothing yet, and does not wait. */
extern Upload *drs_upload_open(PublicApi *api, const UploadPlan *plan);

/*
 * Bytes that can be written now without using more memory; 0: write nothing until
 * drs_api_wait() has made room.  A record that is larger may be written all the same
 * when there is any room.
 */
extern size_t drs_upload_room(const Upload *upload);

/*
 * Write whole records of our CSV, which are copied, or translated.  Starts the request if
 * that is not done, and a part that is full.  Does not wait.  Raises what
 * drs_csvtranslator_add() raises, and 53200 when memory is out.
 */
extern void drs_upload_write(Upload *upload, const char *bytes, size_t len);

/*
 * There are no more records: the end may be sent.  Before this call the service cannot
 * know that the data is complete: neither the last bytes of the one PUT (the end of its
 * chunked coding) nor finalizeMultipart are sent.  Does not wait.
 */
extern void drs_upload_finish(Upload *upload);

/*
 * How far is it?  True when the service has confirmed that it has everything, which is
 * after drs_upload_finish() only.  Never waits, except to learn the state of a job
 * whose data was refused.
 *
 * Raises when it cannot be finished: what drs_job_raise() raises when the job is
 * aborted or failed, else what drs_api_raise() raises for the answer, with the job's
 * log in the DETAIL.
 */
extern bool drs_upload_poll(Upload *upload);

/*
 * When to call drs_upload_poll() at the latest, by drs_clock(); DT_NOEND: whenever
 * drs_api_wait() returns.
 */
extern TimestampTz drs_upload_due(const Upload *upload);

/* End it, with its request.  Never raises. */
extern void drs_upload_close(Upload *upload);

#endif							/* DRS_UPLOAD_H */
