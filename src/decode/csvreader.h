/*
 * csvreader.h
 *		Takes the CSV text of a reply apart, a record at a time.
 *
 * The one door to libcsv.  Needs nothing of the server but its malloc, and
 * never raises.
 */
#ifndef DRS_CSVREADER_H
#define DRS_CSVREADER_H

#include <stdbool.h>
#include <stddef.h>

#include "decode/replyrow.h"

typedef struct CsvReader CsvReader;

typedef struct CsvRecord
{
	int			nfields;
	ReplyField   *fields;			/* valid until the next call */
} CsvRecord;

typedef enum CsvStatus
{
	CSV_RECORD,					/* a record was read */
	CSV_END,					/* there are no more, and the text ended where a record may end */
	CSV_BROKEN					/* quotes out of place, text cut off,
								 * too many fields, or out of memory */
} CsvStatus;

/*
 * Has the last line of a text an end?  Where lines end with
 * a line feed, a carriage return is none.
 */
extern bool drs_csv_is_ended(const char *text, size_t len);

/* A reader for a text that stays in place while it is read; NULL when memory is out. */
extern CsvReader *drs_csv_open(const char *text, size_t len, int max_fields);

/* The next record.  After anything but CSV_RECORD the reader is at its end. */
extern CsvStatus drs_csv_next(CsvReader *reader, CsvRecord *record);

/* Words for CSV_BROKEN, constant. */
extern const char *drs_csv_problem(const CsvReader *reader);

extern void drs_csv_close(CsvReader *reader);

#endif							/* DRS_CSVREADER_H */
