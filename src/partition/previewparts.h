/*
 * previewparts.h
 *		Reads a preview of datetime partitioning, ours or the service's.
 */
#ifndef DRS_PREVIEWPARTS_H
#define DRS_PREVIEWPARTS_H

#include "nodes/pg_list.h"
#include "utils/jsonb.h"

/* One range of a preview.  What the preview has as null, or has not, is NULL. */
typedef struct PreviewPart
{
	int			backtest;		/* -1: of the holdout */
	const char *part;			/* "available_training", "primary_training", "gap", "holdout",
								 * "validation"; a constant */
	char	   *start;
	char	   *end;
	char	   *duration;
	char	   *nrows;
	List	   *warnings;		/* of char * */
} PreviewPart;

/*
 * The parts of a preview, ours or the service's, as a list of PreviewPart *, palloc'd: those
 * of the holdout, then those of each backtest.  Raises 22023 for what is no preview.
 */
extern List *drs_previewparts_read(Jsonb *preview);

/*
 * The specification that gives a preview again, as the client's to_specification makes it:
 * the holdout and the backtests by durations, or by dates.  In the current memory context.
 * Raises 22023 for what is no preview.
 */
extern Jsonb *drs_previewparts_specification(Jsonb *preview, bool holdout_by_dates,
												bool backtests_by_dates);

#endif							/* DRS_PREVIEWPARTS_H */
