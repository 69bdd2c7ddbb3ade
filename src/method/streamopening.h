/*
 * streamopening.h
 *		Opens the stream that scores the rows of a query.
 */
#ifndef DRS_STREAMOPENING_H
#define DRS_STREAMOPENING_H

#include "access/tupdesc.h"

#include "config/endpoint.h"
#include "rows/predictionstream.h"

/* What is to be scored, and as what it is returned.  All of it must live as long as the stream. */
typedef struct StreamAsk
{
	Endpoint   *endpoint;		/* with its method decided (method.h) */
	const char *deployment;		/* NULL: the server's default */
	TupleDesc	source;			/* the columns of the rows that are put */
	TupleDesc	result;			/* those of the predictions that are taken (resultshape.h) */
	const int  *sources;		/* of each of result's columns: its index in source, or -1 for
								 * what is of the answer; NULL: they are found by name */
	bool		keys_as_json;	/* the kept columns become "key" and "passthrough" */
	bool		slow_start;		/* the caller may stop early */
	bool		isolates;		/* rows may fail by themselves */
	const char *instead_of_forecasts;	/* as in decode.h */
} StreamAsk;

/*
 * Open a pipeline or a stream of jobs, as the options say.  Forecasts of time series
 * come in any number.  May ask the public API for the deployment; sends no rows yet.
 * Raises what that finds, such as missing features or names that could mean two
 * things.  In a new child of the current memory context.
 */
extern PredictionStream *drs_stream_open(const StreamAsk *ask);

#endif							/* DRS_STREAMOPENING_H */
