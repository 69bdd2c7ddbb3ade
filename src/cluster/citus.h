/*
 * citus.h
 *		The nodes and shards of Citus, by its catalogs and functions.
 *
 * https://docs.citusdata.com/en/stable/develop/api_metadata.html and api_udf.html.
 */
#ifndef DRS_CITUS_H
#define DRS_CITUS_H

#include "nodes/pg_list.h"

/* Raise 55000 unless Citus is installed in this database. */
extern void drs_citus_check(void);

typedef struct CitusNode
{
	char	   *name;
	int			port;
} CitusNode;

/* All active primary nodes with their ports, the coordinator too if Citus knows it.  Needs SPI. */
extern List *drs_citus_nodes(void);

/* Two shards that have the same range of the distribution column, on one node. */
typedef struct ShardPair
{
	CitusNode	node;
	char	   *source;			/* qualified and quoted names */
	char	   *output;
} ShardPair;

/*
 * The pairs of shards (of ShardPair *) of two distributed tables, in the order of
 * their ranges.  Raises 42809 unless they are distributed and co-located, 0A000 when
 * shards have copies, and 55000 when one is nowhere.  Needs SPI.
 */
extern List *drs_citus_pairs(Oid source, Oid output);

typedef struct NodeCommand
{
	CitusNode	node;
	char	   *sql;
	bool		succeeded;		/* it and the result are filled in by drs_citus_run() */
	char	   *result;			/* the first value of its result, or the error; may be NULL */
} NodeCommand;

extern NodeCommand *drs_citus_command(const CitusNode *node, char *sql);

/*
 * Run commands (of NodeCommand *) on their nodes, all at once, each in a connection and
 * in transactions of its own, as the current user, and fill in what became of them.
 * Needs SPI.
 */
extern void drs_citus_run(List *commands);

#endif							/* DRS_CITUS_H */
