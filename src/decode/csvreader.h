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
	CSV_MORE,					/* what was fed is read, and was not the last */
	CSV_END,					/* there are no more, and the text ended where a record may end */
	/* quotes out of place, text cut off, too many fields, or out of memory */
	CSV_BROKEN
} CsvStatus;

/*
 * Has the last line of a text an end?  Where lines end with a line feed, a
 * carriage return is none.
 */
extern bool drs_csv_is_ended(const char *text, size_t len);

/* Has a text a whole line that is not empty?  Then it can be what a reader is fed first. */
extern bool drs_csv_has_line(const char *text, size_t len);

/* A reader that has nothing to read yet; NULL when memory is out. */
extern CsvReader *drs_csv_open(int max_fields);

/*
 * Hand it the next piece of the text, which stays in place until CSV_MORE
 * comes.  The first has a whole line, unless it is the last.  What is kept of
 * the text is its unfinished record: the caller bounds it.
 */
extern void drs_csv_feed(CsvReader *reader, const char *text, size_t len, bool last);

/* The next record.  After CSV_END or CSV_BROKEN the reader is at its end. */
extern CsvStatus drs_csv_next(CsvReader *reader, CsvRecord *record);

/* Words for CSV_BROKEN, constant. */
extern const char *drs_csv_problem(const CsvReader *reader);

extern void drs_csv_close(CsvReader *reader);

#endif							/* DRS_CSVREADER_H */
