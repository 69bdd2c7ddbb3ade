/*
 * chunk.h
 *		A bounded run of records: one request body, and what is needed to
 *		check its answer and to send any part of it again.
 *
 *		body:  header | record 1 | record 2 | ... | record nrows
 *		       ^0     ^starts[0] ^starts[1]
 *
 *		The header is a line of CSV, or the opening bracket of a JSON array;
 *		each record ends with a line end, or a comma.
 */
#ifndef DRS_CHUNK_H
#define DRS_CHUNK_H

#include "access/htup.h"

#include "base/rowfailure.h"

/*
 * Bytes allocated beyond the limit of a body, so that a writer need not check
 * the limit at each byte; never sent.
 */
#define DRS_CHUNK_SLACK 160

/* An empty text, which is not NULL. */
typedef struct EmptyText
{
	uint64		row;			/* its number */
	int			column;			/* of the source row */
} EmptyText;

/* A hash of the name of a time series. */
typedef struct SeriesName
{
	uint64		low;
	uint64		high;
	uint64		row;			/* number of the row that it begins with */
} SeriesName;

typedef struct Chunk
{
	/* everything below is allocated in it, and whatever else is to be deleted with the chunk */
	MemoryContext cxt;
	uint64		first_row;		/* number of its first source row, from 1 */
	int			nrows;			/* records in body */
	int			max_rows;		/* no more records than this */
	char	   *body;			/* header and records, UTF-8, not terminated; NULL once dropped */
	bool		is_json;
	/* the allocation that body points into; body moves forward as rows are cut off */
	char	   *room;
	size_t		len;			/* bytes of body in use */
	size_t		max_len;		/* limit of len; DRS_CHUNK_SLACK more are allocated */
	size_t		header_len;		/* bytes of the header, its line end included */
	uint32	   *starts;			/* offset of each record in body */
	MinimalTuple *kept;			/* kept columns of each record; NULL when none are kept */
	/*
	 * in columns that the server hands back, which may not distinguish them from
	 * NULL; in order of rows and columns.  Moves forward as rows are cut off, and
	 * is not added to after that.
	 */
	EmptyText  *empties;
	int			nempties;
	bool	   *begins;			/* does each record begin a time series?
								 * NULL: there are no series */
	SeriesName *series;			/* of series whose names are known, in order of rows */
	int			nseries;
	RowFailure *failure;		/* why its only row has no prediction;
								 * NULL: it has an answer, or will have */
} Chunk;

/*
 * Open an empty chunk of CSV in a child of parent.  Its body starts with a
 * copy of the header.  It has room for max_rows records and max_len bytes,
 * header included.  keeps: columns of rows are kept, too.
 */
extern Chunk *drs_chunk_open(MemoryContext parent, uint64 first_row, int max_rows, size_t max_len,
							 const char *header, size_t header_len, bool keeps);

/*
 * Add the record that ends at body + len, which is already written, and the
 * kept columns of its row (copied; NULL when none are kept).
 */
extern void drs_chunk_add_record(Chunk *chunk, size_t len, MinimalTuple kept);

/* Note that a text of a row is empty, to be called in the order of rows and columns. */
extern void drs_chunk_add_empty(Chunk *chunk, uint64 row, int column);

/* Was that text noted as empty? */
extern bool drs_chunk_is_empty(const Chunk *chunk, uint64 row, int column);

/* Note the name of the time series that begins with a row, to be called in the order of rows. */
extern void drs_chunk_add_series(Chunk *chunk, const SeriesName *name);

/*
 * From now on, records are of time series: after each drs_chunk_add_record(),
 * the caller sets begins of the record.
 */
extern void drs_chunk_mark_series(Chunk *chunk);

/* Where to divide the first rows, near the middle, without dividing a series; 0: nowhere. */
extern int	drs_chunk_middle(const Chunk *chunk, int rows);

/*
 * A new chunk, in a child of parent, with the first rows of this one, whose
 * body must not be dropped.
 */
extern Chunk *drs_chunk_copy(const Chunk *chunk, int rows, MemoryContext parent);

/*
 * Move the records to a new chunk, in a child of parent, that has more room,
 * and close the old one.  Nothing must have been sent yet.
 */
extern Chunk *drs_chunk_enlarge(Chunk *chunk, MemoryContext parent, int max_rows, size_t max_len);

/*
 * Cut off the first rows, fewer than all, and return them as a chunk of their
 * own, in a child of parent, which comes before this one in order.  Nothing
 * may be in flight.
 */
extern Chunk *drs_chunk_cut(Chunk *chunk, int rows, MemoryContext parent);

/*
 * Make the header and the first rows a body that can be sent, and return its
 * length; and undo that, which is needed before the rows are cut or sent with
 * others.  In JSON, the last comma is replaced by the closing bracket of the
 * array meanwhile.
 */
extern size_t drs_chunk_seal(Chunk *chunk, int rows);
extern void drs_chunk_unseal(Chunk *chunk, int rows);

/*
 * The record of a row, from 0, without its line end or comma, not terminated;
 * NULL when it was never written or the body was dropped.
 */
extern const char *drs_chunk_record(const Chunk *chunk, int row, size_t *len);

/* The bytes of the body up to the end of the first rows. */
extern size_t drs_chunk_length(const Chunk *chunk, int rows);

/* Free the body of an answered chunk whose records are no longer needed. */
extern void drs_chunk_drop_body(Chunk *chunk);

/* Delete the chunk with everything in its memory context. */
extern void drs_chunk_close(Chunk *chunk);

#endif							/* DRS_CHUNK_H */
