/*
 * hiddenstatement.h
 *		Statements whose text contains a secret.
 */
#ifndef DRS_HIDDENSTATEMENT_H
#define DRS_HIDDENSTATEMENT_H

#include "base/compat.h"

/*
 * Usage: begin, then PG_TRY() the rest of the call, and in PG_CATCH() rethrow.
 */

/* Let pg_stat_activity show this text in place of the statement. */
extern void drs_hiddenstatement_begin(const char *shown);

/*
 * Raise the caught error again, so that neither the statement nor a context that quotes it
 * gets into the server's log.  cxt is the memory context of the call.
 */
pg_noreturn extern void drs_hiddenstatement_rethrow(MemoryContext cxt);

#endif							/* DRS_HIDDENSTATEMENT_H */
