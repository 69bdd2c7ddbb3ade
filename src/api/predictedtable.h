/*
 * predictedtable.h
 *		A table's rows with their predictions: what is settled when a view of
 *		them, or a scored table, is made.
 */
#ifndef DRS_PREDICTEDTABLE_H
#define DRS_PREDICTEDTABLE_H

#include "access/tupdesc.h"

#include "api/client.h"
#include "config/endpoint.h"

typedef struct PredictedTable
{
	Endpoint   *endpoint;
	char	   *source;			/* the table, quoted for SQL */
	TupleDesc	desc;			/* of the source */
	const char *prefix;			/* of the predicted columns' names */

	/* what drs_predictedtable_ask finds, palloc'd */
	char	   *id;				/* of the deployment */
	List	   *predicted;		/* of ResultColumn *: the predicted columns, without the prefix */
	List	   *keys;			/* columns of the source that are not sent, of char * */
} PredictedTable;

/*
 * Ask the public API about the deployment of that name; NULL: the server's
 * default.  Raises what asking does, when the deployment's predictions could
 * not be read with the endpoint's options, 42703 when the source does not have
 * its features, and 42701 when a predicted column would have the name of a
 * column of the source.
 */
extern void drs_predictedtable_ask(PredictedTable *table, const char *deployment);

/*
 * The same for the deployment with that id, which is kept: false when nothing
 * is known of its features, the source lacks one of them or a required
 * association ID, or DataRobot does not score it.
 */
extern bool drs_predictedtable_fits(PredictedTable *table, PublicApi *api, char *id);

/* The name of a predicted column, with the prefix; palloc'd. */
extern char *drs_predictedtable_name(const PredictedTable *table, const char *column);

#endif							/* DRS_PREDICTEDTABLE_H */
