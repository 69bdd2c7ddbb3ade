/*
 * streamopening.c
 *		Opens the stream that scores the rows of a query.
 */
#include "postgres.h"

#include "scored/streamopening.h"

PredictionStream *
drs_stream_open(const StreamAsk *ask, const Columns **columns)
{
	return NULL;
}
