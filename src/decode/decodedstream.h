/*
 * decodedstream.h
 *		What streams have in common whose predictions are decoded answer by answer.
 */
#ifndef DRS_DECODEDSTREAM_H
#define DRS_DECODEDSTREAM_H

#include "decode/decode.h"
#include "rows/predictionstream.h"

/* The first member of the structs of such streams. */
typedef struct DecodedStream
{
	PredictionStream stream;	/* first */
	Decoder    *decoder;
	const Predictions *predictions; /* the last at_hand of them are not taken yet; NULL: none */
} DecodedStream;

/*
 * Fill in what the stream of a call begins with.  decoder and counters must live as long;
 * deployment is what it scores with, as in Request.
 */
extern void drs_decodedstream_begin(DecodedStream *decoded, const StreamMethods *methods,
									Decoder *decoder, CallCounters *counters,
									const char *deployment);

/* Decode an answer, whose predictions are at hand then.  Raises as drs_decode() does. */
extern void drs_decodedstream_decode(DecodedStream *decoded, const Answer *answer);

/* Take the first of the predictions at hand. */
static inline void
drs_decodedstream_take(DecodedStream *decoded, const Datum **values, const bool **isnull)
{
	drs_predictions_get(decoded->predictions, decoded->stream.at_hand, values, isnull);
	decoded->stream.at_hand--;
}

/* Methods. */
extern const RowFailure *drs_decodedstream_failure(const PredictionStream *stream, bool next);
extern void drs_decodedstream_sent_row(PredictionStream *stream, bool last, const Datum **values,
									   const bool **isnull);

#endif							/* DRS_DECODEDSTREAM_H */
