/*
 * answer.h
 *		The answer to a chunk, independent of how it was delivered.
 */
#ifndef DRS_ANSWER_H
#define DRS_ANSWER_H

#include "rows/chunk.h"

/*
 * It owns nothing: all of it must stay valid while the answer is decoded and its
 * predictions are used.
 */
typedef struct Answer
{
	/* the rows that were sent; if it has a failure, nothing below is set */
	const Chunk *chunk;
	const char *body;
	size_t		len;
	const char *content_type;
	const char *model_id;		/* from the headers, as the next; "": it names none */
	const char *request_id;
	int			status;			/* of HTTP */
	/* set by the decoder when the answer is malformed: its connection is not used again */
	bool	   *broken;
} Answer;

#endif							/* DRS_ANSWER_H */
