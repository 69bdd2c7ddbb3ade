/* One job definition: its fields as they are sent and shown (docs/api.md 3.2). */
#ifndef STANDIN_BATCH_DEFINITION_H
#define STANDIN_BATCH_DEFINITION_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "batch/batch_job.h"
#include "batch/batch_schedule.h"
#include "batch/batch_template.h"

/* Times are in microseconds since 1970; 0: never. */
struct batch_definition
{
	struct batch_definition *next;
	char		id[BATCH_ID_SIZE];
	char	   *name;
	bool		enabled;
	json_t	   *schedule_json;	/* NULL: none */
	struct batch_schedule schedule;
	json_t	   *spec;			/* as it was sent */
	json_t	   *shown;			/* with its defaults, without its secrets */
	int64_t		created;
	int64_t		updated;
	int64_t		last_failed;
	int64_t		last_successful;
	int64_t		last_started;
	int64_t		last_scheduled;
	int64_t		next_scheduled;
	char		last_job[BATCH_ID_SIZE];	/* whose end is not known yet; "": none */
	const char *last_state;		/* of the last run; NULL: none */
	int			failures;		/* in a row */
};

/*
 * What a request asks for: the definition's own fields and those of a job beside each other. They
 * replace those that the definition has. false: errors were added, nothing has changed.
 */
bool		batch_definition_set(struct batch_definition *d, const json_t *body, json_t *errors);

/* when it runs next, from now on */
void		batch_definition_plan(struct batch_definition *d);

/* what template variables stand for in a run that begins now */
struct batch_times batch_definition_times(const struct batch_definition *d);

/* the caller owns it */
json_t	   *batch_definition_show(const struct batch_definition *d);
void		batch_definition_free(struct batch_definition *d);

#endif
