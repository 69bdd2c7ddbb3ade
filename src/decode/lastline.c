/*
 * lastline.c
 *		Detects CSV answers that were cut off, by the end of their last line.
 *
 * A server may or may not end it.  An answer without that end could also have
 * been cut off on the way, even in the middle of a number, by a proxy that
 * made the HTTP lengths agree.  So the request is sent once more.  If the
 * same bytes come again, that is the server's habit, unless it has ended a
 * last line before.
 */
#include "postgres.h"

#include "common/hashfn.h"

#include "decode/csvreader.h"
#include "decode/lastline.h"
#include "http/exchange.h"

/* Does a server end the last line of an answer? */
typedef enum LastLine
{
	LAST_LINE_UNKNOWN,
	LAST_LINE_ENDED,
	LAST_LINE_OPEN
} LastLine;

/* Set in the note of an answer without an end, together with the answer's hash. */
#define SEEN (UINT64CONST(1) << 32)

AnswerCheck
drs_lastline_check(const char *body, size_t len, const char *content_type,
				   uint64 *seen, int *habit, const char **why)
{
	uint64		answer;
	AnswerCheck check;

	if (len == 0 || !drs_is_csv_type(content_type))
		return ANSWER_WHOLE;	/* for the decoder to refuse */
	if (drs_csv_is_ended(body, len))
	{
		*habit = LAST_LINE_ENDED;
		return ANSWER_WHOLE;
	}
	if (*habit == LAST_LINE_OPEN)
		return ANSWER_WHOLE;
	answer = SEEN | hash_bytes((const unsigned char *) body, (int) len);
	if (*seen == answer && *habit == LAST_LINE_UNKNOWN)
	{
		*habit = LAST_LINE_OPEN;
		return ANSWER_WHOLE;
	}
	*why = "its last line has no end";
	check = *seen == 0 ? ANSWER_DOUBTFUL : ANSWER_CUT;
	*seen = answer;
	return check;
}
