/*
 * statement.h
 *		The SQL that writes gathered rows to the target.
 */
#ifndef DRS_STATEMENT_H
#define DRS_STATEMENT_H

#include "into/targetoutput.h"
#include "rows/predictionstream.h"

/* The name of the gathered rows as a relation. */
#define DRS_ROWS "datarobot_rows"

/* How statements see the gathered rows: their columns are c1, c2, ... */
typedef struct RowsAsSql
{
	const char *from;			/* an item of FROM; its alias is r */
	const char *least;			/* value of c1; NULL: has no expression */
	const char *greatest;
} RowsAsSql;

/* As the relation DRS_ROWS. */
extern const RowsAsSql drs_rows_relation;

/* The parameters of the statements, as for SPI; $1 is the id of the run. */
typedef struct Parameters
{
	int			count;
	Oid		   *types;
	Datum	   *values;
	char	   *nulls;			/* 'n' or ' ' for each */
} Parameters;

/*
 * The statements of a writing call, in the order in which a slice runs them; NULL:
 * not needed.
 */
typedef struct Statements
{
	char	   *create;			/* makes the target; once */
	char	   *lock;			/* keeps others from writing meanwhile */
	char	   *update;
	char	   *insert;
} Statements;

/* What a call writes, and where to.  The pointers must live as long as what is made of them. */
typedef struct WriteTask
{
	const Target *target;
	const Output *output;
	const Options *options;
	bool		sliced;			/* it writes ranges of the keys, each in a transaction
								 * of its own */
} WriteTask;

/*
 * Build the statements.  There are two occasions for that: before anything is sent,
 * to have them checked, with facts NULL, which leaves out columns that are only
 * tentative; and when the first answer is there, with what it has.  Palloc'd.
 */
extern Statements *drs_statements_build(const WriteTask *task, const RowsAsSql *rows,
										const AnswerFacts *facts);

/*
 * The where column whose least and greatest value narrow down where in the target the
 * rows are: c1, the first key.  NULL: there is none.
 */
extern const OutputColumn *drs_statement_ranged(const WriteTask *task);

/*
 * A query that returns, as one text, values of the where columns that more than one
 * row of DRS_ROWS has; no row if there are none.  Palloc'd.
 */
extern char *drs_statement_duplicates(const Output *output);

#endif							/* DRS_STATEMENT_H */
