/*
 * csvreader.h
 *		Splits the CSV text of an answer into records, one at a time.
 *
 * The only user of libcsv.  Does not depend on PostgreSQL: allocates by malloc, and never raises.
 */
#ifndef DRS_CSVREADER_H
#define DRS_CSVREADER_H

#include <stdbool.h>
#include <stddef.h>

#include "decode/replyrow.h"

/* Fields of a record of an answer: more than classes, explanations and passed columns make. */
#define DRS_CSV_MAX_FIELDS 16384

/* A text in UTF-8 may begin with this; it is no part of the first field. */
#define DRS_BYTE_ORDER_MARK "\xEF\xBB\xBF"

typedef struct CsvReader CsvReader;

typedef struct CsvRecord
{
	int			nfields;
	ReplyField *fields;			/* valid until the next call */
} CsvRecord;

typedef enum CsvStatus
{
	CSV_RECORD,					/* a record was read */
	CSV_MORE,					/* all that was fed is read, and more is to come */
	/* there are no more records, and the text ended where a record may */
	CSV_END,
	/* quotes out of place, text cut off, too many fields, or out of memory */
	CSV_BROKEN
} CsvStatus;

/*
 * Is the last line of a text terminated?  Where lines end with a line feed
 * alone, a carriage return does not terminate one.
 */
extern bool drs_csv_is_ended(const char *text, size_t len);

/* The length of the byte order mark with which a text in UTF-8 begins; 0: it has none. */
extern size_t drs_csv_mark_len(const char *text, size_t len);

/* Does a text contain a complete, non-empty line?  Then a reader can be fed it first. */
extern bool drs_csv_has_line(const char *text, size_t len);

/* A reader that has nothing to read yet; the caller closes it.  NULL when out of memory. */
extern CsvReader *drs_csv_open(int max_fields);

/*
 * Feed the next piece of the text, which must stay in place until the reader
 * returns CSV_MORE.  The first piece contains a complete line, unless it is
 * the last.  From one piece to the next the reader keeps only an unfinished
 * record, whose size the caller bounds.
 */
extern void drs_csv_feed(CsvReader *reader, const char *text, size_t len, bool last);

/* The next record.  After CSV_END or CSV_BROKEN, further calls return the same. */
extern CsvStatus drs_csv_next(CsvReader *reader, CsvRecord *record);

/* What is wrong after CSV_BROKEN, a constant string; NULL: nothing. */
extern const char *drs_csv_problem(const CsvReader *reader);

/* Free the reader with all its records. */
extern void drs_csv_close(CsvReader *reader);

#endif							/* DRS_CSVREADER_H */
