/*
 * encode.h
 *		Writes one row as one record, of CSV or JSON.
 */
#ifndef DRS_ENCODE_H
#define DRS_ENCODE_H

#include "rows/chunk.h"
#include "rows/sourcecolumns.h"

typedef struct Encoder Encoder;

/*
 * Make an encoder for rows of columns->desc, in the current memory context:
 * of CSV records, or with json of objects, each with a comma behind it.
 * With order_column not NULL, each record ends with a column of that name
 * that holds the number of its row.  Raises when a column cannot be sent.
 */
extern Encoder *drs_encoder_create(const Columns *columns, bool json, const char *order_column);

/*
 * What stands before the records: the header line with its end,
 * or the array's begin; *len bytes.  Owned by the encoder.
 */
extern const char *drs_encoder_header(const Encoder *encoder, size_t *len);

/*
 * Write a row behind the records of chunk.  The values are those of the whole
 * row, indexed as columns->desc.  Returns the body's new length, or 0 when
 * the record does not fit: the chunk is then unchanged.  Does not add the
 * record to the chunk's count.  Can raise (output functions, encodings).
 */
extern size_t drs_encode_record(Encoder *encoder, const Chunk *chunk, const Datum *values,
								const bool *isnull);

/* Name of the column being written, for error messages; NULL between records. */
extern const char *drs_encoder_column(const Encoder *encoder);

#endif							/* DRS_ENCODE_H */
