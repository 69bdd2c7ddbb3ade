/*
 * rowfailure.h
 *		Why a row has no prediction, where rows may fail by themselves.
 */
#ifndef DRS_ROWFAILURE_H
#define DRS_ROWFAILURE_H

typedef struct RowFailure
{
	int			http_status;	/* of the reply; 200 when only its value did
								 * not fit; 0: the row was never sent */
	int			sqlerrcode;		/* as the whole call would have ended with */
	const char *message;		/* its primary message: one line, without secrets */
	const char *record;			/* the CSV record as sent, UTF-8, not
								 * terminated; NULL when it was never written */
	size_t		record_len;		/* without its line end */
} RowFailure;

#endif							/* DRS_ROWFAILURE_H */
