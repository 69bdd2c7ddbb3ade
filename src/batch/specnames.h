/*
 * specnames.h
 *		Names in specifications of batch jobs, where the wire has ids: of a
 *		deployment, of credentials and of data stores.
 */
#ifndef DRS_SPECNAMES_H
#define DRS_SPECNAMES_H

#include "api/client.h"

/*
 * Replace each name in a specification, in DataRobot's spelling, by the id that the public
 * API has for it: "deployment" by "deploymentId", and in the settings of intake and output
 * "credential" by "credentialId" and "dataStore" by "dataStoreId".  What is an id already
 * stays one.  Asks the public API only if there is such a name.  Raises 42704 for a name
 * that nothing has, 42P08 for one that several have.
 */
extern Jsonb *drs_specnames_resolve(PublicApi *api, Jsonb *spec);

/*
 * Let that deployment score, by its label or id, if a specification, in either spelling,
 * names nothing that does.  NULL: no default.
 */
extern Jsonb *drs_specnames_default(Jsonb *spec, const char *deployment);

#endif							/* DRS_SPECNAMES_H */
