/*
 * reader.h
 *		Reads the rows of a query in the order of its key, in bits.
 *
 * Between two bits nothing of the transaction is held: the caller may end it,
 * and the next bit goes on behind the last row under the snapshot of then.
 * That is cheap only where an index gives the order; elsewhere, or when it is
 * asked for, all rows are read at once into a spool and handed out from there.
 *
 */
#ifndef DRS_READER_H
#define DRS_READER_H

#include "access/tupdesc.h"
#include "nodes/pg_list.h"

#include "rows/key.h"

typedef struct Reader Reader;

/* Keys as drs_key_texts writes them; NIL: no limit. */
typedef struct KeyRange
{
	List	   *after;			/* keys greater than this */
	List	   *upto;			/* and not greater than this */
	List	   *end;			/* the greatest key there was when the
								 * run began; none beyond it is read */
} KeyRange;

/*
 * Called in the caller's memory context; the values are
 * valid during the call.  False: no more rows now.
 */
typedef bool (*RowReader) (const Datum *values, const bool *isnull, void *arg);

/*
 * Prepare to read the rows of query that are in range (NULL: all).  Checks
 * the query as drs_source_run does and the key columns as drs_key_of, but
 * reads nothing yet.  rows_per_read is the LIMIT of a bit that an index gives;
 * spool_all asks for the spool in any case, so that one snapshot sees all
 * rows.
 *
 * To be called inside a snapshot, with the search_path that the query is
 * meant for.  The reader lives in a child of the current memory context and
 * needs nothing else: deleting that context ends it, in an aborted transaction
 * too.
 */
extern Reader *drs_reader_open(const char *query, List *key_columns, const KeyRange *range,
							   bool spool_all, int rows_per_read);

extern TupleDesc drs_reader_desc(const Reader *reader);
extern const Key *drs_reader_key(const Reader *reader);

/* The relations that the query reads (of Oid), those behind views too. */
extern List *drs_reader_relations(const Reader *reader);

/* What reach.h can tell of the query. */
extern bool drs_reader_may_write(const Reader *reader);
extern bool drs_reader_reads_unseen(const Reader *reader);

/* Does the query use temporary tables? */
extern bool drs_reader_is_temporary(const Reader *reader);

/* Ask for the spool after all; before the first read. */
extern void drs_reader_spool_all(Reader *reader);

/*
 * Find the greatest key there is now and make it the end, unless there is an
 * end already, or the first read will spool the input and find it there.
 * Inside a snapshot.
 */
extern void drs_reader_fix_end(Reader *reader);

/* The end, as drs_key_texts would write it; NIL while it is not known.  Palloc'd. */
extern List *drs_reader_end(const Reader *reader);

/*
 * Do what has to be done before the first row can be handed over: check the
 * keys for NULL, and fill the spool when there is to be one.  Inside a
 * snapshot.  drs_reader_read does it by itself.
 */
extern void drs_reader_begin(Reader *reader);

/*
 * Is everything still to come in the spool, so that reading needs no snapshot
 * and no transaction?  False until the first drs_reader_read; can become true
 * in any, when the plan has changed.
 */
extern bool drs_reader_is_spooled(const Reader *reader);

/*
 * Hand over rows in key order, until row returns false (that row was taken)
 * or there are none left.  False: the end of the input.  Inside a snapshot,
 * unless spooled.
 *
 * Raises 22004 for a NULL in a key column, always before the first row, and
 * 21000 for a key that comes twice: before the first row where the input is
 * spooled, else when it is met.  A row that comes into being between the last
 * key and the end is read with a later bit, any other is not.  After an error,
 * whatever its source, the reader is of no more use.  Raises 55000 when the
 * query has come to mean other relations, or to have other columns.
 */
extern bool drs_reader_read(Reader *reader, RowReader row, void *arg);

#endif							/* DRS_READER_H */
