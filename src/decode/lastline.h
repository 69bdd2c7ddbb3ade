/*
 * lastline.h
 *		Was an answer cut off where its lengths do not show it?
 */
#ifndef DRS_LASTLINE_H
#define DRS_LASTLINE_H

/* What to make of a good answer before it is decoded. */
typedef enum AnswerCheck
{
	ANSWER_WHOLE,
	ANSWER_DOUBTFUL,			/* ask for it once more */
	ANSWER_CUT
} AnswerCheck;

/*
 * Look at an answer's body.  *seen is a note about what was asked for, *habit
 * one about the server; each is 0 at first, and no other's to read.  *why is
 * set for the latter two results: a sentence without a full stop.  Never
 * raises.
 */
extern AnswerCheck drs_lastline_check(const char *body, size_t len, const char *content_type,
									  uint64 *seen, int *habit, const char **why);

#endif							/* DRS_LASTLINE_H */
