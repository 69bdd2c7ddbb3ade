/*
 * reply.h
 *		Reads an answer of either format, row by row.
 */
#ifndef DRS_REPLY_H
#define DRS_REPLY_H

#include "decode/replylayout.h"
#include "http/request.h"
#include "rows/sourcecolumns.h"

typedef struct Reply Reply;

/* What is known of an answer before it comes.  The reader keeps a pointer to it. */
typedef struct ReplyTerms
{
	DataFormat	format;			/* FORMAT_CSV or FORMAT_JSON */
	const Columns *columns;		/* of the rows that were sent */
	/* JSON: "predictions" are values and objects of probabilities, as DRUM has them */
	bool		bare;
	/* names (char *) of columns that the server was asked to pass through */
	List	   *passed;
	const char *target_type;	/* from the deployment's record; NULL: unknown */
	const char *positive_class; /* the option; NULL: not set */
} ReplyTerms;

/*
 * Check the content type of an answer and open a reader for it, in the
 * current memory context.  Rows are allocated in row_cxt, which the caller
 * resets.  Raises 08P01.
 */
extern Reply *drs_reply_open(const char *content_type, const ReplyTerms *terms,
							 MemoryContext row_cxt);

/*
 * Feed the next bytes of the body, which must stay in place until all their
 * rows were read; last: there are no more.  False while nothing can be read
 * yet: CSV before its header is complete, JSON before its last byte.  Raises
 * 08P01, and 22021 or 22P05 for a wrong encoding.
 */
extern bool drs_reply_feed(Reply *reply, const char *bytes, size_t len, bool last);

/*
 * The layout of its rows: known, that of an earlier answer (NULL: there was
 * none), when it is the same; otherwise a new one in layout_cxt, which is
 * reset first.  NULL when there are neither rows nor a header; known is then
 * left alone.  To be called once, before the rows are read.
 */
extern const Layout *drs_reply_layout(Reply *reply, const Layout *known, MemoryContext layout_cxt);

/*
 * For JSON that does not say which of its two classes is the positive one:
 * the class that its rows prove to be (positiveclass.h), or -1.  To be called
 * after drs_reply_layout() and before the first row is read.
 */
extern int	drs_reply_positive(const Reply *reply, double margin);

typedef enum ReplyStatus
{
	REPLY_ROW,
	REPLY_MORE,					/* all rows that were fed were read, and more are to come */
	REPLY_END
} ReplyStatus;

/*
 * The next row, valid until row_cxt is reset or the next call.  Raises 08P01 for a malformed row.
 */
extern ReplyStatus drs_reply_next(Reply *reply, ReplyRow *row);

#endif							/* DRS_REPLY_H */
