/*
 * outcomejson.h
 *		Writes rows of outcomes as JSON (docs/api.md 4.4).
 */
#ifndef DRS_OUTCOMEJSON_H
#define DRS_OUTCOMEJSON_H

#include "access/tupdesc.h"
#include "lib/stringinfo.h"

/* The columns of outcomes; DataRobot's spelling of their names is also accepted. */
typedef enum ActualsField
{
	ACTUALS_ID,					/* association_id: required */
	ACTUALS_VALUE,				/* actual_value: required */
	ACTUALS_TIMESTAMP,
	ACTUALS_ACTED_ON			/* was_acted_on */
} ActualsField;

#define ACTUALS_FIELDS 4

typedef struct ActualsColumns
{
	int			index[ACTUALS_FIELDS];	/* in the row; -1: the query does not have it */
	Oid			type[ACTUALS_FIELDS];
} ActualsColumns;

/*
 * Find the columns in the query's.  Raises for unknown and missing ones, and
 * for types that do not suit.
 */
extern ActualsColumns drs_outcome_columns(TupleDesc desc);

/*
 * Append a row's object to json, in the database's encoding, and return true;
 * false, and nothing appended, when its outcome is NULL, that is, not known
 * yet.  row is its number, from 1, for messages.  Raises for values that
 * DataRobot does not accept.
 */
extern bool drs_outcome_append(StringInfo json, const ActualsColumns *columns, const Datum *values,
							   const bool *isnull, uint64 row);

/*
 * The outcome of a row as text, palloc'd, when it is unlikely to be what a
 * deployment predicts; else NULL.  labels says that it predicts labels,
 * otherwise numbers.  Boolean outcomes are sent as true and false, which
 * labels rarely are.
 */
extern char *drs_outcome_doubtful(const ActualsColumns *columns, const Datum *values,
								  const bool *isnull, bool labels);

#endif							/* DRS_OUTCOMEJSON_H */
