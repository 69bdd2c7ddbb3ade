/*
 * rowfailure.h
 *		Why a row has no prediction, in calls in which single rows may fail.
 */
#ifndef DRS_ROWFAILURE_H
#define DRS_ROWFAILURE_H

typedef struct RowFailure
{
	int			http_status;	/* of the answer; 200 when only its value did not fit; 0 when
								 * the row was never sent */
	int			sqlerrcode;		/* of the error that would have ended the call */
	const char *message;		/* of that error: one line, without secrets */
	const char *record;			/* the record as sent, CSV or JSON in UTF-8, not terminated;
								 * NULL when it was never written */
	size_t		record_len;		/* of record, without its line end or comma */
} RowFailure;

#endif							/* DRS_ROWFAILURE_H */
