/*
 * jobjournal.h
 *		What a caller records of the jobs of a stream, so that they can be found
 *		after a crash.
 *
 * A job goes through these stages:
 *
 *		created		it exists at the service, but no byte of a row was sent
 *		sealed		it has all its rows, but the end of the upload was not sent
 *		sent		the service has confirmed that it has everything
 *		settled		all its predictions were taken, and the service calls it completed
 *
 * While a stage is to be recorded, the stream does nothing more with that job,
 * and has no room: the row put last is the last one of a job that is sealed.
 * drs_stream_await() and drs_stream_take() return false when nothing else can
 * be done.
 *
 *		while ((event = drs_batchstream_pending(stream)) != NULL)
 *		{
 *			record and commit;
 *			drs_batchstream_recorded(stream);
 *		}
 *
 * is to be done after each put, finish, await and take that may have met one:
 * looking for it costs a comparison.
 */
#ifndef DRS_JOBJOURNAL_H
#define DRS_JOBJOURNAL_H

#include "rows/predictionstream.h"

typedef enum JobStage
{
	JOB_CREATED,
	JOB_SEALED,
	JOB_SENT,
	JOB_SETTLED
} JobStage;

typedef struct JobEvent
{
	JobStage	stage;
	int			number;			/* of the job in the stream, from 1 */
	const char *job_id;			/* at the service; valid until drs_batchstream_recorded() */
	uint64		rows_before;	/* rows put into the stream before the job's first */
	uint64		rows;			/* of the job; JOB_CREATED: not known yet, 0 */
} JobEvent;

/*
 * What is to be recorded, or NULL: always NULL unless the plan says is_recorded.
 * Never raises.
 */
extern const JobEvent *drs_batchstream_pending(const PredictionStream *stream);

/* What drs_batchstream_pending() returned is committed: continue.  Raises as a put does. */
extern void drs_batchstream_recorded(PredictionStream *stream);

#endif							/* DRS_JOBJOURNAL_H */
