/*
 * outcomejson.h
 *		Rows of outcomes as JSON (docs/api.md 4.4).
 */
#ifndef DRS_OUTCOMEJSON_H
#define DRS_OUTCOMEJSON_H

#include "access/tupdesc.h"
#include "lib/stringinfo.h"

/* The columns of outcomes; each may also have DataRobot's spelling. */
typedef enum ActualsField
{
	ACTUALS_ID,					/* association_id: needed */
	ACTUALS_VALUE,				/* actual_value: needed */
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
 * Find the columns in the query's.  Raises for unknown and
 * missing ones, and for types that do not do.
 */
extern ActualsColumns drs_outcome_columns(TupleDesc desc);

/*
 * Append a row's object to json, in the database's encoding, and true; false
 * and nothing when its outcome is NULL, that is not known yet.  row is its number, from 1,
 * for messages.  Raises for values that DataRobot cannot take.
 */
extern bool drs_outcome_append(StringInfo json, const ActualsColumns *columns, const Datum *values,
							   const bool *isnull, uint64 row);

/*
 * The outcome of a row when it can hardly be what a deployment predicts, as
 * text, palloc'd; else NULL.  labels says that it predicts labels, else
 * numbers: boolean outcomes are spelled true and false, and few labels are.
 */
extern char *drs_outcome_doubtful(const ActualsColumns *columns, const Datum *values,
								  const bool *isnull, bool labels);

#endif							/* DRS_OUTCOMEJSON_H */
