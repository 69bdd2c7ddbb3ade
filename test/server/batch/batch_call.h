/*
 * A request to the batch routes: what it asks for, and how far a transfer is (docs/api.md 2.10,
 * 3.1).
 */
#ifndef STANDIN_BATCH_CALL_H
#define STANDIN_BATCH_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch_job;

enum batch_verb
{
	VERB_UNKNOWN,
	VERB_JOBS,					/* list, or create */
	VERB_FROM_EXISTING,
	VERB_FROM_DEFINITION,
	VERB_JOB,
	VERB_UPLOAD,
	VERB_PART,
	VERB_FINALIZE,
	VERB_DOWNLOAD,
	VERB_DEFINITIONS,
	VERB_DEFINITION
};

struct batch_call
{
	enum batch_verb verb;
	const char *collection;		/* the first part of the path: batchPredictions or batchJobs */
	char		id[64];			/* of the job or definition, as received */
	long		part;
	struct batch_job *job;		/* that is transferred to or from; NULL: none */
	uint64_t	start;			/* of a part, in the spool */
	uint64_t	at;				/* bytes transferred */
	bool		over;			/* the transfer came to its end */
};

/* path: after /api/v2/ */
bool		batch_call_is_for(const char *path);

/* reads the path */
void		batch_call_read(struct batch_call *c, const char *path);

/* the name of the route, for faults */
const char *batch_call_route(const struct batch_call *c, const char *method);

#endif
