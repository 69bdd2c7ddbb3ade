/*
 * ledger.h
 *		The tables datarobot.run, run_slice, rejected_row and run_mark.
 *
 * They are written as their owner, whoever calls, so nobody needs, or has, the
 * privilege to write them; row security shows each role its own rows.  All functions
 * need a transaction and raise what SQL raises; what they return is palloc'd.
 */
#ifndef DRS_LEDGER_H
#define DRS_LEDGER_H

#include "nodes/pg_list.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "into/ledgernames.h"
#include "into/targetidentity.h"

/* A row of datarobot.run: a call, as it was made. */
typedef struct LedgerRun
{
	int64		id;				/* 0: not yet in the ledger */
	Oid			owner;
	RunState	state;			/* once it is in the ledger */
	RunMode		mode;
	char	   *server;
	char	   *deployment;
	char	   *query;
	char	   *target;
	Identity	identity;		/* of the target */
	char	   *statement_type; /* as the option has it */
	Jsonb	   *arguments;		/* all options of the call, by our names */
	char	   *search_path;
	List	   *key_types;		/* of char *: see drs_key_types; NIL: the run is one transaction */
	List	   *end_key;		/* of char *: the last key to be read; NIL: not known,
								 * or no rows */
	List	   *split_keys;		/* of List of char *: the keys where the parts of
								 * several workers end */
	char	   *model_id;		/* of the first answer; NULL: not known */
	char	   *job_mark;		/* what jobs of the run have in their specification, or
								 * queries of shards in their text; NULL: it has none */
} LedgerRun;

/* How many rows were read, written and rejected. */
typedef struct LedgerCounts
{
	int64		read;
	int64		written;
	int64		rejected;
} LedgerCounts;

/* How far a part of a run is committed. */
typedef struct LedgerPosition
{
	int			slices;			/* committed */
	List	   *last_key;		/* of char *; NIL: none committed */
	int64		rows_read;
} LedgerPosition;

/* A row of datarobot.run_slice. */
typedef struct LedgerSlice
{
	int64		run_id;
	int			part;
	int			number;			/* from 1 */
	List	   *first_key;		/* of char *; NIL: none */
	List	   *last_key;
	LedgerCounts counts;
	const char *model_id;		/* NULL: not known */
} LedgerSlice;

/* A row of datarobot.rejected_row. */
typedef struct LedgerRejection
{
	int64		row_number;
	char	   *key;			/* JSON; NULL: none */
	int			http_status;	/* 0: none */
	char	   *sqlstate;
	char	   *message;
	char	   *features;		/* JSON; NULL: not kept */
} LedgerRejection;

/*
 * A mark that jobs, or queries, of the run have and nothing else: a process that is
 * killed before it has recorded what it began leaves no other trace of it.
 */
extern char *drs_ledger_make_mark(void);

/* Write a new run of the current user in the state running; returns its id. */
extern int64 drs_ledger_begin(const LedgerRun *run);

/* Set a run to the state running again, as this process's. */
extern void drs_ledger_reopen(int64 run_id);

/*
 * Mark a run in a table that a crash empties, as it empties all unlogged tables; and
 * is the mark still there?
 */
extern void drs_ledger_mark(int64 run_id);
extern bool drs_ledger_is_marked(int64 run_id);

/* The run with this id, or NULL. */
extern LedgerRun *drs_ledger_get(int64 run_id);

/*
 * The newest run of the current user with the mode and target of wanted or, if there is
 * none, with its query; else NULL.
 */
extern LedgerRun *drs_ledger_latest(const LedgerRun *wanted);

/* How far a part of a run is committed. */
extern LedgerPosition drs_ledger_position(int64 run_id, int part);

/* Write the entry of a slice, and those of its rejected rows, a list of LedgerRejection *. */
extern void drs_ledger_add_slice(const LedgerSlice *slice);
extern void drs_ledger_add_rejections(int64 run_id, int part, int slice, List *rejections);

/*
 * Make this the model of the run unless it has one; returns the one it has.  Until
 * the transaction ends, others who ask wait.
 */
extern char *drs_ledger_claim_model(int64 run_id, const char *model_id);

/*
 * Record what is known of a run only after it has begun: its target, its last key (of
 * char *), where its parts end.
 */
extern void drs_ledger_set_identity(int64 run_id, const Identity *identity);
extern void drs_ledger_set_end(int64 run_id, List *end_key);
extern void drs_ledger_set_splits(int64 run_id, List *split_keys);

/* Record how a run ended, and its counts; sqlstate and message are NULL if it succeeded. */
extern void drs_ledger_end(int64 run_id, RunState state, const char *sqlstate,
						   const char *message);

/* The counts of all slices of a run. */
extern LedgerCounts drs_ledger_counts(int64 run_id);

/*
 * Delete the current user's runs that ended before then, and interrupted ones that
 * began before then; returns how many.
 */
extern int64 drs_ledger_prune(TimestampTz before);

#endif							/* DRS_LEDGER_H */
