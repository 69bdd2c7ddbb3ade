/*
 * earlyrecords.h
 *		Records of a result that came before their turn, by their number.
 *
 * In memory up to a limit, then in a temporary file.  They are found by an
 * index of eight bytes for each number that is between the lowest and the
 * highest of them, so it is small when records are almost in order.
 */
#ifndef DRS_EARLYRECORDS_H
#define DRS_EARLYRECORDS_H

#include "lib/stringinfo.h"

typedef struct EarlyRecords EarlyRecords;

/*
 * Make it empty, in the current memory context, which also ends it, and its
 * file.  It uses at most max_kbytes of memory for records, then a file.  It
 * does not depend on the transaction.
 */
extern EarlyRecords *drs_earlyrecords_create(int max_kbytes);

/* How many are there? */
extern uint64 drs_earlyrecords_count(const EarlyRecords *early);

/* Is the record with this number (from 0) there? */
extern bool drs_earlyrecords_has(const EarlyRecords *early, uint64 number);

/*
 * Put a copy of a record that is not there.  Can raise (disk full,
 * temp_file_limit).
 */
extern void drs_earlyrecords_put(EarlyRecords *early, uint64 number, const char *record,
								 size_t len);

/* Append the record, which is there, to a buffer.  Can raise (I/O errors). */
extern void drs_earlyrecords_get(EarlyRecords *early, uint64 number, StringInfo buffer);

/* Remove the record, which is there. */
extern void drs_earlyrecords_remove(EarlyRecords *early, uint64 number);

#endif							/* DRS_EARLYRECORDS_H */
