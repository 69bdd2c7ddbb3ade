/*
 * slice.h
 *		Gathers predictions until they are written together.
 */
#ifndef DRS_SLICE_H
#define DRS_SLICE_H

#include "into/ledger.h"
#include "into/targetoutput.h"
#include "base/rowfailure.h"
#include "rows/key.h"
#include "rows/spool.h"

/* The rows of one commit, as far as they have been answered. */
typedef struct Slice
{
	MemoryContext cxt;			/* reset with every slice */
	const Output *output;
	const Columns *columns;
	const Options *options;
	const Key *key;				/* of gathered rows; NULL: there are no key columns */
	TupleDesc	key_desc;		/* the key columns by their names, for JSON; NULL likewise */

	Spool	   *rows;			/* to be written */
	int64		read;			/* rows gathered, rejected ones included */
	List	   *first_key;		/* of char * */
	List	   *last_key;
	List	   *rejections;		/* of LedgerRejection *: those without a
								 * prediction first, in the order of rows */
	int			nfailed;		/* how many of those without a prediction */
	int64		rejected_bytes;
	int64		failed_bytes;	/* the part of rejected_bytes for rows without a prediction */
	bool		whole;			/* nothing was added since the last end */
	int64		answer;			/* number of the last answer that goes into it; 0: none */
	char	   *model_id;		/* of its answers; NULL: not known */
} Slice;

/* Open an empty slice in the current memory context.  The arguments must live as long. */
extern Slice *drs_slice_open(const Output *output, const Columns *columns, const Options *options);

/* Add a row that was taken from a stream.  failure: why it has no prediction, or NULL. */
extern void drs_slice_add(Slice *slice, const Datum *values, const bool *isnull,
						  const RowFailure *failure);

/* Add a forecast.  The rows that were sent for it are counted separately. */
extern void drs_slice_add_forecast(Slice *slice, const Datum *values, const bool *isnull);

/* Count the rows of a request whose forecasts were added; values are those of the first row. */
extern void drs_slice_count(Slice *slice, int rows, const Datum *values, const bool *isnull);

/* Reject a gathered row, which could not be written. */
extern void drs_slice_reject(Slice *slice, const Datum *values, const bool *isnull,
							 const ErrorData *error);

/* Remember the key of the row that was added last, while its values are there. */
extern void drs_slice_end_at(Slice *slice, const Datum *values, const bool *isnull);

/* Why the last row was rejected, or "". */
extern const char *drs_slice_last_reason(const Slice *slice);

/* Forget which rows could not be written: that was undone, and all are to be written again. */
extern void drs_slice_rewind(Slice *slice);

/* Empty it for the next rows. */
extern void drs_slice_clear(Slice *slice);

#endif							/* DRS_SLICE_H */
