/*
 * decodedstream.c
 *		Hands out the predictions of one answer after another.
 */
#include "postgres.h"

#include "decode/decodedstream.h"

void
drs_decodedstream_begin(DecodedStream *decoded, const StreamMethods *methods, Decoder *decoder,
						CallCounters *counters, const char *deployment)
{
	decoded->decoder = decoder;
	decoded->stream.methods = methods;
	decoded->stream.facts = drs_decoder_facts(decoder);
	decoded->stream.counters = counters;
	drs_callcounters_deployment(counters, deployment);
}

/* How many are no failures? */
static int
count_good(const Predictions *predictions)
{
	int			good = predictions->nrows;

	for (int i = 0; predictions->failures && i < predictions->nrows; i++)
		good -= predictions->failures[i] != NULL;
	return good;
}

void
drs_decodedstream_decode(DecodedStream *decoded, const Answer *answer)
{
	PredictionStream *stream = &decoded->stream;

	decoded->predictions = drs_decode(decoded->decoder, answer);
	stream->answers++;
	stream->counters->predictions += count_good(decoded->predictions);
	stream->at_hand = decoded->predictions->nrows;
	stream->sent_rows = answer->chunk->nrows;
	stream->model_id = answer->model_id && answer->model_id[0] ? answer->model_id : NULL;
}

const RowFailure *
drs_decodedstream_failure(const PredictionStream *stream, bool next)
{
	return drs_predictions_failure(((const DecodedStream *) stream)->predictions, stream->at_hand,
								   next);
}

void
drs_decodedstream_sent_row(PredictionStream *stream, bool last, const Datum **values,
						   const bool **isnull)
{
	drs_decoder_sent_row(((DecodedStream *) stream)->decoder, last ? stream->sent_rows - 1 : 0,
						 values, isnull);
}
