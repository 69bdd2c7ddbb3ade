/*
 * lastline.h
 *		Detects CSV answers that were cut off although their HTTP lengths agree.
 */
#ifndef DRS_LASTLINE_H
#define DRS_LASTLINE_H

/* The result of checking a good answer before it is decoded. */
typedef enum AnswerCheck
{
	ANSWER_WHOLE,
	ANSWER_DOUBTFUL,			/* send the request once more */
	ANSWER_CUT
} AnswerCheck;

/*
 * Look at an answer's body. *seen is a note about the request, *habit one
 * about the server; each is 0 at first, and private to this file. *why is set
 * to a constant clause without a full stop, unless the answer is whole.  Never
 * raises.
 */
extern AnswerCheck drs_lastline_check(const char *body, size_t len, const char *content_type,
									  uint64 *seen, int *habit, const char **why);

#endif							/* DRS_LASTLINE_H */
