/*
 * catalogdataset.h
 *		Datasets of DataRobot's catalog (docs/api.md 4.7), which jobs can read.
 */
#ifndef DRS_CATALOGDATASET_H
#define DRS_CATALOGDATASET_H

#include "api/client.h"

typedef struct CatalogDataset
{
	char	   *id;				/* palloc'd, as is the next */
	char	   *version_id;
} CatalogDataset;

/*
 * The version of a dataset that jobs read if no other is named.  Raises 42704 when there
 * is no such dataset.
 */
extern CatalogDataset drs_catalogdataset_find(PublicApi *api, const char *id);

/*
 * Make a dataset of the rows of a query, all columns of which are features, and wait for
 * it.  All rows are in memory until they are sent.  Raises P0002 when there are none,
 * 54000 when they are above a gigabyte, and what drs_source_run() and the encoder raise.
 */
extern CatalogDataset drs_catalogdataset_upload(PublicApi *api, const char *query);

/* The dataset that a request makes, which has been answered; waits for it. */
extern CatalogDataset drs_catalogdataset_await(PublicApi *api, const ApiAnswer *answer);

#endif							/* DRS_CATALOGDATASET_H */
