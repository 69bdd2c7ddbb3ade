/*
 * seriesprep.h
 *		Has DataRobot prepare the rows of time series, as its client does before it makes
 *		a job of them (docs/api.md 4.7).
 */
#ifndef DRS_SERIESPREP_H
#define DRS_SERIESPREP_H

#include "batch/catalogdataset.h"

/*
 * What prepares rows for the model of a deployment, palloc'd.  Raises 0A000 when its rows
 * cannot be prepared.
 */
extern char *drs_seriesprep_generator(PublicApi *api, const char *deployment_id);

/* The prepared dataset, which it waits for. */
extern CatalogDataset drs_seriesprep_run(PublicApi *api, const char *generator,
										 const CatalogDataset *dataset);

#endif							/* DRS_SERIESPREP_H */
