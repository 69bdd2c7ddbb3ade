/*
 * csvdialect.h
 *		Formats of CSV that jobs have: csvSettings (docs/api.md 2.5).
 *
 * Ours is UTF-8, with commas and double quotes, as encode.h writes it and csvreader.h
 * reads it.
 */
#ifndef DRS_CSVDIALECT_H
#define DRS_CSVDIALECT_H

#include "utils/jsonb.h"

#include "batch/job.h"
#include "batch/textencoding.h"

/* One character of UTF-8, terminated. */
typedef struct CsvMark
{
	char		text[MAX_MULTIBYTE_CHAR_LEN + 1];
	int			len;			/* bytes */
} CsvMark;

typedef struct CsvDialect
{
	CsvMark		delimiter;
	CsvMark		quote;
	TextEncoding encoding;
	char	   *encoding_name;	/* as the job has it, for messages */
} CsvDialect;

/* Our CSV. */
extern const CsvDialect drs_csv_standard;

/* Is it our CSV?  Then nothing needs to be translated. */
extern bool drs_csvdialect_is_standard(const CsvDialect *dialect);

/*
 * The dialect of csvSettings, an object, palloc'd; our CSV if it is NULL.  A field that is
 * missing or null has its default.  Raises 22023 for a delimiter or quote that is not one
 * character, or is a line end, for two that are the same, and for an encoding that cannot be
 * converted.
 */
extern CsvDialect *drs_csvdialect_of(JsonbContainer *settings);

/* The dialect of a job, by its specification. */
extern CsvDialect *drs_csvdialect_of_job(const Job *job);

#endif							/* DRS_CSVDIALECT_H */
