/*
 * encode.h
 *		Writes rows as records of CSV or JSON.
 */
#ifndef DRS_ENCODE_H
#define DRS_ENCODE_H

#include "rows/chunk.h"
#include "rows/sourcecolumns.h"

typedef struct Encoder Encoder;

/*
 * Make an encoder for rows of columns->desc, in the current memory context, which
 * also ends it; columns must live as long.  It writes CSV records or, if json is
 * true, objects that each have a comma after them.  If order_column is not NULL, each
 * record ends with a column of that name, which contains its row number.  Raises
 * 42701 when a column of the row has that name, too, and for names without a UTF-8
 * form.
 */
extern Encoder *drs_encoder_create(const Columns *columns, bool json, const char *order_column);

/*
 * What comes before the records of a body: the header line with its line end, or the
 * bracket that opens the array; *len bytes, owned by the encoder.  Never raises.
 */
extern const char *drs_encoder_header(const Encoder *encoder, size_t *len);

/*
 * Write a row after the records of chunk.  The values are those of the whole row,
 * indexed like columns->desc.  Returns the body's new length in bytes, or 0 when the
 * record does not fit.  The chunk's length and count of records are left to the
 * caller, so the record is not part of the chunk yet.  Can raise: for text without a
 * UTF-8 form, and whatever output functions raise.
 */
extern size_t drs_encode_record(Encoder *encoder, const Chunk *chunk, const Datum *values,
								const bool *isnull);

/*
 * Name of the column being written, for error messages; NULL between records.  Never
 * raises.
 */
extern const char *drs_encoder_column(const Encoder *encoder);

#endif							/* DRS_ENCODE_H */
