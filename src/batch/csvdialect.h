/*
 * csvdialect.h
 *		Between our CSV and that of a job: csvSettings (docs/api.md 2.5).
 *
 * Ours is UTF-8, with commas and quotes, as the encoder writes it and csvreader.h
 * reads it.  A job may have another delimiter, quote character and encoding, for what
 * it is sent and for what it answers.
 */
#ifndef DRS_CSVDIALECT_H
#define DRS_CSVDIALECT_H

#include "utils/jsonb.h"

#include "base/bytebuf.h"

typedef struct CsvDialect
{
	char		delimiter;		/* ',' unless the job has another; a tab for the word "tab" */
	char		quote;			/* '"' unless the job has another */
	int			encoding;		/* a pg_enc; PG_UTF8 unless the job has another */
	const char *encoding_name;	/* Python's name, as the job has it; for messages */
} CsvDialect;

/* The dialect that is our CSV. */
extern const CsvDialect drs_csv_standard;

/* Is it our CSV?  Then nothing needs to be translated. */
static inline bool
drs_csvdialect_is_standard(const CsvDialect *dialect)
{
	return dialect->delimiter == ',' && dialect->quote == '"' &&
		dialect->encoding == drs_csv_standard.encoding;
}

/*
 * The dialect of csvSettings, an object, palloc'd; that of our CSV if it is NULL or has
 * no fields.  Raises 22023 for a delimiter or quote that is not one ASCII character,
 * for two that are the same, and for an encoding that PostgreSQL does not know.
 */
extern CsvDialect *drs_csvdialect_of(JsonbContainer *settings);

/*
 * PostgreSQL's number of an encoding by Python's name for it (latin_1, cp1252,
 * shift_jis), in any case and with any punctuation, or by PostgreSQL's own; -1: it has
 * none.
 */
extern int	drs_csvdialect_encoding(const char *name);

/* Translates CSV in one direction, piece by piece. */
typedef struct CsvTranslator CsvTranslator;

/* From our CSV to the dialect, or from it if incoming; in the current memory context. */
extern CsvTranslator *drs_csvtranslator_create(const CsvDialect *dialect, bool incoming);

/*
 * Append the translation of the next piece to out.  A piece may end anywhere, within a
 * character, too; what is incomplete is kept for the next.  Outgoing pieces are whole
 * records.  Raises 22P05 for a character that the other encoding does not have, 22021
 * for bytes that are none of theirs, and 54000 when out is full.
 */
extern void drs_csvtranslator_add(CsvTranslator *translator, const char *bytes, size_t len,
								  ByteBuf *out);

/* The text has ended: raises 22021 within a character. */
extern void drs_csvtranslator_end(CsvTranslator *translator);

/* Begin again with a new text. */
extern void drs_csvtranslator_reset(CsvTranslator *translator);

#endif							/* DRS_CSVDIALECT_H */
