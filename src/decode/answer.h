/*
 * answer.h
 *		What came back for a chunk, however it was delivered.
 */
#ifndef DRS_ANSWER_H
#define DRS_ANSWER_H

#include "rows/chunk.h"

/* All of it stays where it is while the answer is decoded and its predictions are used. */
typedef struct Answer
{
	const Chunk *chunk;			/* the rows that were sent; with a failure, nothing below is set */
	const char *body;
	size_t		len;
	const char *content_type;
	const char *model_id;		/* "": it names none, as the next */
	const char *request_id;
	int			status;			/* of HTTP */
	/* to be set when it is not what it should be: its connection is not used again */
	bool	   *broken;
} Answer;

#endif							/* DRS_ANSWER_H */
