/*
 * reader.h
 *		Reads the rows of a query in the order of its key, in batches.
 *
 * Between two batches nothing depends on the transaction: the caller may end
 * it, and the next batch continues after the last row, under a new snapshot.
 * That is cheap only if an index provides the order.  Otherwise, or on
 * request, all rows are read at once into a spool and handed over from there.
 */
#ifndef DRS_READER_H
#define DRS_READER_H

#include "access/tupdesc.h"
#include "nodes/pg_list.h"

#include "rows/key.h"

typedef struct Reader Reader;

/* Keys as drs_key_texts() writes them; NIL: no limit. */
typedef struct KeyRange
{
	List	   *after;			/* keys greater than this */
	List	   *upto;			/* and not greater than this */
	List	   *end;			/* the greatest key when the run began; keys beyond it are not
								 * read */
} KeyRange;

/*
 * Called with each row, in the memory context of the caller of drs_reader_read(); the
 * values are valid during the call.  False: no more rows now.
 */
typedef bool (*RowReader) (const Datum *values, const bool *isnull, void *arg);

/*
 * Prepare to read the rows of query that are in range (NULL: all).  Checks the
 * query as drs_source_run() does and the key columns as drs_key_of() does, but
 * reads nothing yet.  rows_per_read is the LIMIT of a batch; spool_all asks
 * for the spool in any case, so that all rows are of one snapshot.
 *
 * To be called inside a snapshot, with the search_path of the query.  The
 * reader is in a child of the current memory context; deleting that context
 * ends it, even in an aborted transaction.
 */
extern Reader *drs_reader_open(const char *query, List *key_columns, const KeyRange *range,
							   bool spool_all, int rows_per_read);

/* The columns of the rows; the reader's own. */
extern TupleDesc drs_reader_desc(const Reader *reader);

/* The key columns; the reader's own. */
extern const Key *drs_reader_key(const Reader *reader);

/* The relations that the query reads (of Oid), including those that its views read. */
extern List *drs_reader_relations(const Reader *reader);

/* Does the query call a user's functions that may write (reach.h)? */
extern bool drs_reader_may_write(const Reader *reader);

/* Can it read data that is not in its relations (reach.h)? */
extern bool drs_reader_reads_unseen(const Reader *reader);

/* Does the query use temporary tables? */
extern bool drs_reader_is_temporary(const Reader *reader);

/* Ask for the spool after all, before the first read. */
extern void drs_reader_spool_all(Reader *reader);

/*
 * Find the greatest key that exists now and make it the end, unless there is
 * an end already, or the first read will spool the input and find it then.  To
 * be called inside a snapshot.
 */
extern void drs_reader_fix_end(Reader *reader);

/* The end, as drs_key_texts() would write it, palloc'd; NIL while it is not known. */
extern List *drs_reader_end(const Reader *reader);

/*
 * Do what must be done before the first row can be handed over: check the keys
 * for NULL, and fill the spool if there will be one.  To be called inside a
 * snapshot.  drs_reader_read() does it, too, if it was not done.
 */
extern void drs_reader_begin(Reader *reader);

/*
 * Are all remaining rows in the spool, so that reading needs neither snapshot
 * nor transaction?  False until the first read; can become true in any read,
 * when the plan has changed.
 */
extern bool drs_reader_is_spooled(const Reader *reader);

/*
 * Hand over rows in key order, until row returns false (that row counts as
 * read) or there are no more.  Returns false at the end of the input.  To be
 * called inside a snapshot, unless spooled.
 *
 * Raises 22004 for a NULL in a key column, always before the first row, and
 * 21000 for a repeated key: before the first row if the input is spooled,
 * otherwise when it is met.  Raises 55000 when the query now reads other
 * relations, or has other columns.  After any error the reader cannot be used
 * again.
 *
 * A row that is inserted between the last key and the end is read by a later
 * batch; one inserted elsewhere is not.
 */
extern bool drs_reader_read(Reader *reader, RowReader row, void *arg);

#endif							/* DRS_READER_H */
