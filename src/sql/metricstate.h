/*
 * metricstate.h
 *		States of aggregates that are of one piece, and so can be copied
 *		between the processes of a parallel query.
 */
#ifndef DRS_METRICSTATE_H
#define DRS_METRICSTATE_H

#include "fmgr.h"

/*
 * The beginning of each state.  It is a bytea: to serialize it is to copy it.
 * The number keeps doubles after it aligned.
 */
typedef struct MetricState
{
	int32		length;			/* set by SET_VARSIZE */
	int32		number;			/* free for use */
} MetricState;

/*
 * The state of an aggregate, its function's first argument.  While that is
 * NULL: a new one of this size, all zero after the length, in the aggregate's
 * memory.
 */
extern void *drs_metric_state(FunctionCallInfo fcinfo, Size size);

/* The aggregate's memory; an error where there is none, as in a call by hand. */
extern MemoryContext drs_metric_context(FunctionCallInfo fcinfo);

/* Return the first argument. */
extern Datum drs_metric_unchanged(FunctionCallInfo fcinfo);

/* Merge the second state into the first; either may be NULL. */
extern Datum drs_metric_combine(FunctionCallInfo fcinfo,
								void (*merge) (void *to, const void *from));

#endif							/* DRS_METRICSTATE_H */
