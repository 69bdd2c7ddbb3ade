/*
 * definition.h
 *		Job definitions of the Batch Prediction API (docs/api.md 3).
 *
 * Records are what the service answers, with secrets replaced.
 */
#ifndef DRS_DEFINITION_H
#define DRS_DEFINITION_H

#include "api/client.h"

/* What a definition becomes.  NULL, or below 0: not given. */
typedef struct DefinitionChange
{
	const char *name;
	int			enabled;
	Jsonb	   *schedule;		/* as the wire has it, as is the specification */
	Jsonb	   *spec;
} DefinitionChange;

/*
 * Create one.  It is never created twice by mistake.  Returns its record in the current
 * memory context, as do those that follow.  All raise what drs_api_raise() raises.
 */
extern Jsonb *drs_definition_create(PublicApi *api, const DefinitionChange *change);

extern Jsonb *drs_definition_update(PublicApi *api, const char *id,
									const DefinitionChange *change);

/* Raises 42704 when there is none. */
extern Jsonb *drs_definition_get(PublicApi *api, const char *id);

/* Call item for those whose name contains search, of that deployment, after so many; NULL: any. */
extern void drs_definition_list(PublicApi *api, const char *search, const char *deployment_id,
								int64 skip, ApiItem item, void *arg);

extern void drs_definition_delete(PublicApi *api, const char *id);

/*
 * The id of the definition of that id or name, palloc'd.  Raises 42704 for a name that none
 * has.
 */
extern char *drs_definition_id(PublicApi *api, const char *name);

#endif							/* DRS_DEFINITION_H */
