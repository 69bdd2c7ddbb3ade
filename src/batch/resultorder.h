/*
 * resultorder.h
 *		Brings the records of a downloaded result into the order of the rows.
 *
 * That the service writes rows in the order of the data is promised nowhere
 * (docs/api.md 2.14), so each row has a number that is passed through.  The
 * bytes of the download are put, and runs of records with consecutive numbers
 * are taken.  Records that come early wait, in memory up to a limit, then in a
 * temporary file.
 *
 *		text:   header | record of row 1 | record of row 2 | record of row 5 | ...
 *		runs:   header + 1, 2 |  then, once 3 and 4 have come:  header + 3, 4, 5 ...
 *
 * It works across transactions.  It never waits.
 */
#ifndef DRS_RESULTORDER_H
#define DRS_RESULTORDER_H

typedef struct ResultOrder ResultOrder;

typedef struct ResultOrderPlan
{
	const char *job_id;			/* for messages; must live as long as the ResultOrder */
	const char *number_column;	/* contains the row number; likewise */
	const char *status_column;	/* contains "OK" or an error; NULL: there is none; likewise */
	uint64		first_row;		/* the number of the first row of the job */
	int			max_kbytes;		/* memory for records that wait; then a file */
} ResultOrderPlan;

/* Records of consecutive rows.  All of it is valid until the next call of a function below. */
typedef struct ResultRun
{
	uint64		first_row;		/* number of its first row */
	int			nrows;			/* at least 1; 1 if it has a status */
	/* the header line, then one record for each row, as they came; not terminated */
	const char *body;
	size_t		len;
	size_t		header_len;		/* bytes of the header, its line end included */
	const char *status;			/* why its only row has no prediction, in UTF-8;
								 * NULL: it has one */
} ResultRun;

/*
 * In the current memory context, which ends it, and its file, also after an
 * error.
 */
extern ResultOrder *drs_resultorder_open(const ResultOrderPlan *plan);

/* End it at once. */
extern void drs_resultorder_close(ResultOrder *order);

/*
 * Put the next bytes of the download, which are copied: CSV in UTF-8 with
 * commas and double quotes.  They are looked at when runs are taken; to bound
 * the memory, take until there are no more before the next ones are put.
 */
extern void drs_resultorder_put(ResultOrder *order, const char *bytes, size_t len);

/*
 * The download begins again from its first byte.  Records that were taken, or
 * wait, are skipped when they come again.
 */
extern void drs_resultorder_restart(ResultOrder *order);

/*
 * The download has ended, and the job is complete: no more bytes will be put.
 * rows were sent, in all of the job.  Not to be called after a job that failed,
 * whose text may end anywhere.  False, at most once: rows are missing, or the
 * last line has no end.  The result may have been cut off although its HTTP
 * lengths agree, even within a number.  Then it has to be read again, after
 * drs_resultorder_restart(); if it ends alike, that is what the service has.
 * Raises as drs_resultorder_take().
 */
extern bool drs_resultorder_finish(ResultOrder *order, uint64 rows);

/*
 * Take the next run, of at most max_rows rows.  rows is the number of rows that
 * were sent so far, in all of the job: no higher numbers can come.  False: more
 * bytes are needed or, after drs_resultorder_finish(), all rows were taken.
 *
 * Raises 08P01, with the row's number, when a row comes twice, was never sent
 * or, after drs_resultorder_finish(), is missing; and when a record has no such
 * number, or the text is no CSV or ends within a record; 0A000 when the rows
 * are forecasts of a time series.  Also raises what temporary files do (disk
 * full, temp_file_limit).  After an error it can only be closed.
 */
extern bool drs_resultorder_take(ResultOrder *order, uint64 rows, int max_rows, ResultRun *run);

#endif							/* DRS_RESULTORDER_H */
