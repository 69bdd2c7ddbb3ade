/*
 * csvtranslator.h
 *		Translates CSV from one dialect to another, piece by piece.
 *
 * Which fields have quotes is kept: without them, an empty field is NULL.
 */
#ifndef DRS_CSVTRANSLATOR_H
#define DRS_CSVTRANSLATOR_H

#include "base/bytebuf.h"
#include "batch/csvdialect.h"

typedef struct CsvTranslator CsvTranslator;

/*
 * A translator between two dialects, in a new child of the current memory context, which
 * ends it.  The dialects must live as long.
 */
extern CsvTranslator *drs_csvtranslator_create(const CsvDialect *from, const CsvDialect *to);

/*
 * Append the translation of the next piece to out.  A piece may end anywhere, within a
 * character, too: what is incomplete is kept for the next.  After whole records, nothing
 * is.  Raises 22P05 for a character that the other encoding does not have, 22021 for
 * bytes that are no character, 08P01 for text after a closing quote, 54000 for a field of
 * more than a gigabyte, and 53200 when memory is out.
 */
extern void drs_csvtranslator_add(CsvTranslator *translator, const char *bytes, size_t len,
								  ByteBuf *out);

/*
 * The text has ended: append what was kept.  Raises 08P01 when it ends within quotes or
 * within a character.
 */
extern void drs_csvtranslator_end(CsvTranslator *translator, ByteBuf *out);

/* Begin again with a new text. */
extern void drs_csvtranslator_reset(CsvTranslator *translator);

#endif							/* DRS_CSVTRANSLATOR_H */
