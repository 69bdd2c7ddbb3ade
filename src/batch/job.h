/*
 * job.h
 *		Jobs of the Batch Prediction API: their records, and what is asked of them
 *		(docs/api.md 2.10, 2.12, 2.16).
 *
 * Records come from another program: fields may be missing, null, of other types, or
 * in snake_case, and then count as not known.  Only an id and a state are needed.
 */
#ifndef DRS_JOB_H
#define DRS_JOB_H

#include "nodes/pg_list.h"
#include "utils/jsonb.h"

#include "api/client.h"

typedef enum JobState
{
	JOB_INITIALIZING,			/* waits for data, or for a slot */
	JOB_RUNNING,
	JOB_COMPLETED,
	JOB_ABORTED,
	JOB_FAILED,
	JOB_OTHER					/* a word that we do not know */
} JobState;

#define DRS_JOB_UNKNOWN INT64CONST(-1)

/* A record.  Numbers that are not known are DRS_JOB_UNKNOWN, texts and links NULL. */
typedef struct Job
{
	char	   *id;				/* drs_job_path() accepts it */
	JobState	state;
	char	   *status;			/* the service's word for it, in upper case */
	char	   *status_details; /* without secrets and control characters, as is the log */
	List	   *log;			/* of char *: its lines */
	double		percentage;		/* 0 to 100; stays 0 while data is streamed */
	int64		elapsed;		/* seconds */
	int64		scored_rows;
	int64		failed_rows;
	int64		skipped_rows;
	int64		intake_size;	/* bytes, as are those of the output */
	int64		output_size;
	bool		queued;
	int64		queue_position;
	char	   *self;			/* links: URLs at the origin of api_url */
	char	   *csv_upload;
	char	   *download;		/* there is something to be read, whatever the state is */
	bool		results_deleted;
	Jsonb	   *record;			/* all of it, without our secrets */
} Job;

/* Is that the type of an intake or output whose data goes through us, in either spelling? */
extern bool drs_job_is_local(const char *type);

/* Has it ended, for good or bad?  False for a state that we do not know. */
extern bool drs_job_has_ended(const Job *job);

/*
 * The path of a job after api_url, "/batchPredictions/{id}/" and what, such as "csvUpload/"
 * or ""; palloc'd.  An id is made of letters, digits, - and _, at most 100 of them:
 * raises 22023 for any other.
 */
extern char *drs_job_path(const char *id, const char *what);

/*
 * The job in a good answer, in the current memory context.  Raises 08P01 for what is no record
 * of a job, for a link to another origin, and for another job than id, unless that is NULL.
 */
extern Job *drs_job_parse(PublicApi *api, const ApiAnswer *answer, const char *id);

/* The same for an element of a list of jobs. */
extern Job *drs_job_parse_record(PublicApi *api, JsonbContainer *record);

/*
 * Create a job of a specification as the wire has it (jobspec.h).  It is never created
 * twice: after a failure that leaves open whether there is a job, it is an error that
 * says so.  In the current memory context, as are those that follow.  All raise what
 * drs_api_raise() raises.
 */
extern Job *drs_job_create(PublicApi *api, const Jsonb *spec);

/*
 * The request that does so, for drs_api_start(); drs_job_parse() reads its answer.  Its
 * body is palloc'd.
 */
extern ApiRequest drs_job_creation(const Jsonb *spec);

/*
 * A POST that makes a job by another route: path "/batchPredictions/fromExisting/" with
 * the id as "predictionJobId", or "/batchPredictions/fromJobDefinition/" with the id as
 * "jobDefinitionId".
 */
extern Job *drs_job_create_from(PublicApi *api, const char *path, const char *field,
								const char *id);

/* The job as it is now.  Raises 42704 when there is none. */
extern Job *drs_job_get(PublicApi *api, const char *id);

/* The same; NULL when there is none. */
extern Job *drs_job_find(PublicApi *api, const char *id);

/* Raise 42704: there is no such job. */
pg_noreturn extern void drs_job_raise_unknown(const char *id);

/* The request that asks for a job, for drs_api_start(); drs_job_parse() reads its answer. */
extern ApiRequest drs_job_question(const char *id);

/*
 * Have the job aborted at the service (docs/api.md 2.16), also when it was never queued.
 * True: it was there, and is aborted or will be.  False: it is unknown, or cannot be
 * aborted any more, perhaps because it is aborted already.
 */
extern bool drs_job_abort(PublicApi *api, const char *id);

/*
 * The same within three seconds, for cleaning up after an error or a cancel, as
 * drs_api_clean_up() does.  False also when that failed.
 */
extern bool drs_job_try_abort(PublicApi *api, const char *id);

/*
 * Raise for a job that was aborted, failed, or is otherwise not what was wanted: one error,
 * with the status details, the counts of rows and the last lines of the log in the DETAIL.
 * SQLSTATE 22000 if rows failed; else 55000 for one that was aborted, 58000 for the others.
 */
pg_noreturn extern void drs_job_raise(const PublicApi *api, const Job *job);

/*
 * What the DETAIL of an error about a job says of it: its status details, counts of rows
 * and log, palloc'd; at most some lines.  Never raises, except when memory is out.
 */
extern char *drs_job_details(const Job *job);

/*
 * A member of a record by its name on the wire, which may be a path, or by that in
 * snake_case; as drs_jsonpath_text().
 */
extern char *drs_job_text(JsonbContainer *record, const char *name);

/* The same for an object or array within the record, as drs_jsonpath_container(). */
extern JsonbContainer *drs_job_container(JsonbContainer *record, const char *name);

#endif							/* DRS_JOB_H */
