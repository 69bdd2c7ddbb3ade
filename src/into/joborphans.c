/*
 * joborphans.c
 *		Finds jobs at the service that no process waits for.
 */
#include "postgres.h"

#include "api/jsonpath.h"
#include "batch/job.h"
#include "batch/markcolumns.h"
#include "into/joborphans.h"

/* The mark of a job, palloc'd, or NULL: see BatchPlan. */
static char *
mark_of(JsonbContainer *record)
{
	ListCell   *lc;

	foreach(lc, drs_jsonpath_texts(record, "jobSpec.passthroughColumns"))
	{
		const char *name = lfirst(lc);

		if (strncmp(name, DRS_MARKED_COLUMN, strlen(DRS_MARKED_COLUMN)) == 0)
			return pstrdup(name + strlen(DRS_MARKED_COLUMN));
	}
	return NULL;
}

typedef struct MarkedJobs
{
	PublicApi  *api;
	List	   *jobs;
} MarkedJobs;

static bool
add_marked(JsonbContainer *record, void *arg)
{
	MarkedJobs *found = arg;
	char	   *mark = mark_of(record);

	if (mark)
	{
		Job		   *job = drs_job_parse_record(found->api, record);
		MarkedJob  *marked = palloc(sizeof(MarkedJob));

		marked->job_id = job->id;
		marked->mark = mark;
		if (!drs_job_has_ended(job))
			found->jobs = lappend(found->jobs, marked);
	}
	return true;
}

bool
drs_joborphans_marked(PublicApi *api, List **jobs, ApiAnswer *refused)
{
	MarkedJobs	found = {api, NIL};

	if (!drs_api_list(api, "/batchPredictions/?status=INITIALIZING&status=RUNNING&limit=100",
					  add_marked, &found, refused))
		return false;
	*jobs = found.jobs;
	return true;
}
