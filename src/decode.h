/*
 * decode.h
 *		Checks a reply and turns it into values of the result's columns.
 *		PostgreSQL licence.
 */
#ifndef DRS_DECODE_H
#define DRS_DECODE_H

#include "chunk.h"
#include "columns.h"
#include "request.h"
#include "shape.h"

typedef struct Decoder Decoder;

/* The values of one reply: one row for each row that was sent, in order. */
typedef struct Predictions
{
	int			nrows;
	int			ncolumns;
	Datum	   *values;			/* nrows times ncolumns */
	bool	   *isnull;
} Predictions;

/* Make a decoder in the current memory context.  With verify_order the reply must carry DRS_ORDER_COLUMN. */
extern Decoder *drs_decoder_create(const Shape *shape, const Columns *columns, const Request *request,
								   const Options *options);

/*
 * Decode the reply in chunk->exchange.  All of it is checked before anything
 * is returned: type, encoding, CSV, number of records and of fields, values.
 * Raises and returns nothing when any of that is wrong.  The result is valid
 * until the next call, and only as long as the chunk, whose kept columns it
 * points to.
 */
extern const Predictions *drs_decode(Decoder *decoder, const Chunk *chunk);

#endif							/* DRS_DECODE_H */
