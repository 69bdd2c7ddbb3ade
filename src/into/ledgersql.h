/*
 * ledgersql.h
 *		Runs a statement on the tables of the ledger.
 *
 * It runs as the owner of the tables, under a search_path without anything of the
 * caller's: with the owner's privileges, no operator or function of the caller may be
 * found.
 */
#ifndef DRS_LEDGERSQL_H
#define DRS_LEDGERSQL_H

#include "postgres_ext.h"

#include "nodes/pg_list.h"
#include "utils/jsonb.h"

#define DRS_LEDGER_PARAMS 16

/* The parameters of a statement, none at first. */
typedef struct LedgerParams
{
	int			count;
	Oid			types[DRS_LEDGER_PARAMS];
	Datum		values[DRS_LEDGER_PARAMS];
	char		nulls[DRS_LEDGER_PARAMS + 1];
} LedgerParams;

/* Add a parameter.  A text may be NULL; a list of char * is a text[], NULL when it is empty. */
extern void drs_ledgersql_add(LedgerParams *params, Oid type, Datum value, bool isnull);
extern void drs_ledgersql_text(LedgerParams *params, const char *text);
extern void drs_ledgersql_int8(LedgerParams *params, int64 value);
extern void drs_ledgersql_int4(LedgerParams *params, int32 value);
extern void drs_ledgersql_texts(LedgerParams *params, List *texts);

/* The table of runs.  Raises 42P01 when there is none. */
extern Oid	drs_ledger_table(void);

/* What drs_ledger_leave() restores. */
typedef struct LedgerAccess
{
	Oid			user;
	int			security;
	int			nestlevel;
} LedgerAccess;

/*
 * Begin and end a use of the tables with their owner's rights, under a search_path
 * without anything of the caller's.
 */
extern void drs_ledger_enter(LedgerAccess *access);
extern void drs_ledger_leave(const LedgerAccess *access);

/* Receives the rows of a statement while they are there. */
typedef void (*RowsReader) (void *arg);

/*
 * Run a statement; returns the rows it processed.  reader, if any, is called with
 * SPI_processed and SPI_tuptable set, in the caller's memory context.
 */
extern uint64 drs_ledger_sql(const char *sql, LedgerParams *params, RowsReader reader, void *arg);

/*
 * For a reader: the value of a column, from 1, in a row, from 0, palloc'd.  A text[] is
 * a list of char *.  NULL is NULL, NIL or 0.
 */
extern char *drs_ledgerrow_text(uint64 row, int column);
extern int64 drs_ledgerrow_int8(uint64 row, int column);
extern List *drs_ledgerrow_texts(uint64 row, int column);
extern Jsonb *drs_ledgerrow_jsonb(uint64 row, int column);

#endif							/* DRS_LEDGERSQL_H */
