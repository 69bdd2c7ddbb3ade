/*
 * project.h
 *		What the public API knows of the partition of a project's training data (docs/api.md 5).
 */
#ifndef DRS_PROJECT_H
#define DRS_PROJECT_H

#include "api/client.h"

/*
 * The id of a project as it may be part of a path: name itself.  Raises 22004 for NULL, and
 * 22023 for what is no id.
 */
extern const char *drs_project_id(const char *name);

/* Its record, palloc'd.  Raises 42704 when it does not exist or the user has no access. */
extern Jsonb *drs_project_record(PublicApi *api, const char *id);

/*
 * Its partition by dates, palloc'd.  Raises 42704 when the project does not exist, or has none
 * because its target is not set, or it has another partition.
 */
extern Jsonb *drs_project_dates(PublicApi *api, const char *id);

/*
 * The partition by dates that it would have with this specification, in the spelling of the
 * wire; palloc'd.  With a target the newer route is asked, which takes its time, and fits
 * the partition to the target; NULL: the older one.  Raises as above, and when the service
 * refuses the specification.
 */
extern Jsonb *drs_project_preview(PublicApi *api, const char *id, Jsonb *spec,
								  const char *target);

#endif							/* DRS_PROJECT_H */
