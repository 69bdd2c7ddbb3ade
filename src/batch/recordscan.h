/*
 * recordscan.h
 *		Finds records in CSV text that is still growing, and single fields of a
 *		record.
 *
 * The text is UTF-8 with commas and double quotes.  It only looks for the
 * bytes that divide; whether quotes are where they should be is for the
 * decoder to check.
 */
#ifndef DRS_RECORDSCAN_H
#define DRS_RECORDSCAN_H

/* Where the search for the end of a record has come to; offsets in the text. */
typedef struct RecordScan
{
	size_t		searched;		/* up to here there is no end */
	size_t		next_quote;		/* there is no quote between searched and here */
	bool		is_quoted;		/* searched is within quotes */
	bool		has_quotes;		/* the record has any, up to searched */
} RecordScan;

/* A field as it is in its record, with its quotes. */
typedef struct RawField
{
	const char *text;
	size_t		len;
} RawField;

/* The record to search for begins at an offset. */
extern void drs_recordscan_begin(RecordScan *scan, size_t at);

/* The text was moved forward by as many bytes. */
extern void drs_recordscan_moved(RecordScan *scan, size_t by);

/*
 * The offset after the record's line feed; 0 when the text does not have it
 * yet.  Each byte is looked at once, however often this is called.
 */
extern size_t drs_recordscan_end(RecordScan *scan, const char *text, size_t len);

/*
 * Find a field, from 0, of a record without its line end.  nfields is how many
 * there should be: if there are no quotes, the field may be looked for from
 * the end.  False: there are too few.
 */
extern bool drs_recordscan_field(const char *record, size_t len, bool has_quotes, int index,
								 int nfields, RawField *field);

/* Is that its value, of which no character is a quote? */
extern bool drs_rawfield_is(const RawField *field, const char *value);

/* The value of a field, without quotes, palloc'd. */
extern char *drs_rawfield_text(const RawField *field);

/*
 * The value of a field that is a row number; also with zeros after a point,
 * as programs write numbers that were made floats.  False: it is none.
 */
extern bool drs_rawfield_number(const RawField *field, uint64 *number);

#endif							/* DRS_RECORDSCAN_H */
