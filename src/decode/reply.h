/*
 * reply.h
 *		Reads a reply of either format, row by row.
 */
#ifndef DRS_REPLY_H
#define DRS_REPLY_H

#include "decode/replylayout.h"
#include "http/request.h"
#include "rows/sourcecolumns.h"

typedef struct Reply Reply;

/* What is known of a reply before it comes. */
typedef struct ReplyTerms
{
	DataFormat	format;			/* FORMAT_CSV or FORMAT_JSON */
	const Columns *columns;		/* of the rows that were sent */
	/* JSON: "predictions" are values and objects of probabilities, as DRUM has them */
	bool		bare;
	List	   *passed;			/* names (of char *) that were asked to be passed through */
	const char *target_type;	/* by the deployment's record; NULL: unknown */
	const char *positive_class; /* the caller's word; NULL: none */
} ReplyTerms;

/*
 * Check the type of a reply and open a reader on it.  All that it makes is in
 * the current memory context; rows go to row_cxt, which the caller resets.
 * Raises 08P01.
 */
extern Reply *drs_reply_open(const char *content_type, const ReplyTerms *terms,
							 MemoryContext row_cxt);

/*
 * Hand it the next bytes of the body, which stay in place until all their rows
 * were read; last: there are no more.  False when nothing can be read of it
 * yet: CSV until its header has come, JSON until its last byte.  Raises 08P01,
 * and 22021 for a wrong encoding.
 */
extern bool drs_reply_feed(Reply *reply, const char *bytes, size_t len, bool last);

/*
 * The layout of its rows: that of an earlier reply (known; NULL: there was
 * none) when it is the same, or else a new one in layout_cxt, which is reset
 * before.  NULL when there are no rows and no header; the known one is
 * then left alone.  To be called once, first.
 */
extern const Layout *drs_reply_layout(Reply *reply, const Layout *known, MemoryContext layout_cxt);

/*
 * JSON that does not say which of its two classes is the positive one: the
 * class that its rows show to be (positiveclass.h), or -1.  After the layout, before
 * the first row.
 */
extern int	drs_reply_positive(const Reply *reply, double margin);

typedef enum ReplyStatus
{
	REPLY_ROW,
	REPLY_MORE,					/* all rows of what was fed were read, and it was not the last */
	REPLY_END
} ReplyStatus;

/*
 * The next row, valid until row_cxt is reset and the next call.  Raises 08P01
 * for whatever is wrong.
 */
extern ReplyStatus drs_reply_next(Reply *reply, ReplyRow *row);

#endif							/* DRS_REPLY_H */
