/*
 * spool.h
 *		Stores rows across transactions.
 *
 * In memory up to a limit, then in a temporary file.
 */
#ifndef DRS_SPOOL_H
#define DRS_SPOOL_H

#include "executor/tuptable.h"
#include "utils/tuplestore.h"

typedef struct Spool Spool;

/*
 * Make an empty spool for rows of desc, which is copied.  It uses at most
 * max_kbytes of memory, then a file.  It belongs to the current memory context
 * and ends with it, with its file, also after an error.
 */
extern Spool *drs_spool_open(TupleDesc desc, int max_kbytes);

/* End it at once. */
extern void drs_spool_close(Spool *spool);

/* The descriptor of the rows; the spool's own, without constraints. */
extern TupleDesc drs_spool_desc(const Spool *spool);

/*
 * Append a copy of a row.  Nothing in it points into a table: values stored
 * out of line are fetched, so this must be called inside a snapshot, and are
 * left compressed.  Can raise (disk full, temp_file_limit); after that the
 * spool can only be closed or cleared.
 */
extern void drs_spool_put(Spool *spool, const Datum *values, const bool *isnull);

/* Rows put since it was opened or cleared. */
extern int64 drs_spool_rows(const Spool *spool);

/*
 * Store the next row in slot, which is of TTSOpsMinimalTuple; it is valid
 * until the slot is used again, or the spool is put to, cleared or closed.
 * False: no more.
 */
extern bool drs_spool_next(Spool *spool, TupleTableSlot *slot);

/* Begin again with the first row. */
extern void drs_spool_rewind(Spool *spool);

/* Drop all rows.  drs_spool_store() returns another tuplestore from then on. */
extern void drs_spool_clear(Spool *spool);

/*
 * The tuplestore, for an ephemeral named relation; valid until the spool is
 * cleared or closed.  Each scan of it allocates a read pointer that only
 * drs_spool_clear() frees.
 */
extern Tuplestorestate *drs_spool_store(const Spool *spool);

#endif							/* DRS_SPOOL_H */
