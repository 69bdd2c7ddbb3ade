/*
 * csvrecords.h
 *		Finds where records of CSV end, in pieces of a text.
 */
#ifndef DRS_CSVRECORDS_H
#define DRS_CSVRECORDS_H

#include "batch/csvdialect.h"

/* Where in the text the pieces so far have ended. */
typedef struct CsvPlace
{
	char		delimiter;
	char		quote;
	enum
	{
		CSV_AT_START,			/* of a field */
		CSV_IN_FIELD,			/* without quotes */
		CSV_IN_QUOTES,
		CSV_AFTER_QUOTE
	}			at;
} CsvPlace;

/*
 * Can records of the dialect be found in the bytes as they are?  That is when its marks are
 * of one byte each, which is never part of another character.
 */
extern bool drs_csvrecords_can(const CsvDialect *dialect);

/* The start of a text. */
extern CsvPlace drs_csvrecords_start(const CsvDialect *dialect);

/*
 * Read the next piece up to the end of its first record, or of its last one: the bytes up
 * to the line feed that ends it, included; 0 when none ends here, and then all of the piece
 * was read.  A piece of which the last record was asked for was read as a whole.
 */
extern size_t drs_csvrecords_first(CsvPlace *place, const char *bytes, size_t len);
extern size_t drs_csvrecords_last(CsvPlace *place, const char *bytes, size_t len);

/* Read the next piece: the number of records that end in it. */
extern int64 drs_csvrecords_count(CsvPlace *place, const char *bytes, size_t len);

#endif							/* DRS_CSVRECORDS_H */
