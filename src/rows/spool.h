/*
 * spool.h
 *		Rows kept aside over the ends of transactions.
 *
 * In memory up to a limit, then in a temporary file.
 */
#ifndef DRS_SPOOL_H
#define DRS_SPOOL_H

#include "executor/tuptable.h"
#include "utils/tuplestore.h"

typedef struct Spool Spool;

/*
 * Make an empty spool for rows of desc, which is copied.  It belongs to the
 * current memory context and ends with it, file and all, after an error too.
 */
extern Spool *drs_spool_open(TupleDesc desc, int max_kbytes);
extern void drs_spool_close(Spool *spool);

/* The descriptor of the rows; the spool's own, without constraints. */
extern TupleDesc drs_spool_desc(const Spool *spool);

/*
 * Append a row.  Nothing in the copy points into a table: what is stored out
 * of line there is fetched, inside a snapshot, and left compressed.  Can raise
 * (disk full, temp_file_limit); after that the spool can only be closed or
 * cleared.
 */
extern void drs_spool_put(Spool *spool, const Datum *values, const bool *isnull);

extern int64 drs_spool_rows(const Spool *spool);

/*
 * The next row into slot, which is of TTSOpsMinimalTuple; it is valid until
 * the slot is used again or the spool is put to, cleared or closed.  False:
 * no more.  drs_spool_rewind starts over.
 */
extern bool drs_spool_next(Spool *spool, TupleTableSlot *slot);
extern void drs_spool_rewind(Spool *spool);

/* Drop all rows.  The tuplestore behind the spool becomes another one. */
extern void drs_spool_clear(Spool *spool);

/*
 * The tuplestore, for an ephemeral named relation: valid until the spool is
 * cleared or closed.  Every scan of it takes a read pointer that only
 * drs_spool_clear gives back.
 */
extern Tuplestorestate *drs_spool_store(const Spool *spool);

#endif							/* DRS_SPOOL_H */
