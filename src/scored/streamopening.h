/*
 * streamopening.h
 *		Opens the stream that scores the rows of a query.
 */
#ifndef DRS_STREAMOPENING_H
#define DRS_STREAMOPENING_H

#include "access/tupdesc.h"

#include "config/endpoint.h"
#include "rows/predictionstream.h"
#include "rows/sourcecolumns.h"

typedef struct StreamAsk
{
	Endpoint   *endpoint;
	const char *deployment;		/* NULL: the server's default */
	TupleDesc	source;			/* of the rows that are put */
	TupleDesc	result;			/* of the rows that are taken */
	bool		keys_as_json;	/* the result has kept columns as the JSON columns key and
								 * passthrough */
	bool		slow_start;		/* the first requests are small */
	bool		isolates;		/* rows that the server refuses become failures */
	double		rows;			/* expected; for method auto */
} StreamAsk;

/*
 * Open it in the current memory context, and say in *columns what is sent and
 * kept.  May ask the public API.
 */
extern PredictionStream *drs_stream_open(const StreamAsk *ask, const Columns **columns);

#endif							/* DRS_STREAMOPENING_H */
