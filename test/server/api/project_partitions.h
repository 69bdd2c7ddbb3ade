/*
 * The partitions of projects: setting a target with one, previews of those by dates, and what a
 * project reports (docs/api.md 5).
 */
#ifndef STANDIN_PROJECT_PARTITIONS_H
#define STANDIN_PROJECT_PARTITIONS_H

#include <jansson.h>
#include <stdbool.h>

struct request;

/* path: after /api/v2/; false: it is of something else */
bool		project_partitions_answer(struct request *r, const char *path);

/* what the record of a project says of it; the caller owns it. NULL: its target is not set */
json_t	   *project_partitions_shown(const char *project);

/* POST /standin/projects: {"project": id, "times": [...]}, the times of the rows of its data */
void		project_partitions_control(struct request *r);
void		project_partitions_reset(void);

#endif
