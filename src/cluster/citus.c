/*
 * citus.c
 *		The nodes and shards of Citus, by its catalogs and functions.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/sqlname.h"
#include "cluster/citus.h"

void
drs_citus_check(void)
{
	if (!OidIsValid(get_extension_oid("citus", true)))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("Citus is not installed in this database"),
				 errhint("datarobot.score_into() scores tables of one server.")));
}

static void
select_rows(const char *sql, int nargs, Oid *types, Datum *values)
{
	int			code = SPI_execute_with_args(sql, nargs, types, values, NULL, true, 0);

	if (code != SPI_OK_SELECT)
		elog(ERROR, "could not ask Citus: %s", SPI_result_code_string(code));
}

/* A value of a row of the last query, or NULL; columns count from 1. */
static char *
value_of(uint64 row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

static CitusNode
node_of(uint64 row, int column)
{
	char	   *port = value_of(row, column + 1);
	CitusNode	node = {value_of(row, column), port ? pg_strtoint32(port) : 0};

	return node;
}

List *
drs_citus_nodes(void)
{
	List	   *nodes = NIL;

	select_rows("SELECT nodename, nodeport FROM pg_catalog.pg_dist_node "
				"WHERE isactive AND noderole::pg_catalog.text OPERATOR(pg_catalog.=) 'primary' "
				"ORDER BY groupid", 0, NULL, NULL);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		CitusNode  *node = palloc(sizeof(CitusNode));

		*node = node_of(i, 1);
		nodes = lappend(nodes, node);
	}
	SPI_freetuptable(SPI_tuptable);
	return nodes;
}

static void
check_colocated(Oid source, Oid output)
{
	Oid			types[] = {OIDOID, OIDOID};
	Datum		values[] = {ObjectIdGetDatum(source), ObjectIdGetDatum(output)};

	select_rows("SELECT FROM pg_catalog.pg_dist_partition s, pg_catalog.pg_dist_partition o "
				"WHERE s.logicalrelid::pg_catalog.oid OPERATOR(pg_catalog.=) $1 "
				"AND o.logicalrelid::pg_catalog.oid OPERATOR(pg_catalog.=) $2 "
				"AND s.partmethod OPERATOR(pg_catalog.=) 'h' "
				"AND o.partmethod OPERATOR(pg_catalog.=) 'h' "
				"AND s.colocationid OPERATOR(pg_catalog.=) o.colocationid", 2, types, values);
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s and %s are not distributed tables with shards at the same places",
						drs_sql_relation(source), drs_sql_relation(output)),
				 errhint("Distribute both by hash of the same column: create_distributed_table("
						 "%s, ..., colocate_with => %s).",
						 quote_literal_cstr(drs_sql_relation(output)),
						 quote_literal_cstr(drs_sql_relation(source)))));
	SPI_freetuptable(SPI_tuptable);
}

/* Citus leaves the schema public out. */
static char *
qualified(char *shard, Oid relation)
{
	return get_rel_namespace(relation) == get_namespace_oid("public", true) ?
		psprintf("public.%s", shard) : shard;
}

/*
 * Every shard has to be scored, and once.  The copies of a shard, which come one after
 * another, must have the same rows, and only Citus writes to all of them.
 */
static void
check_place(List *pairs, const ShardPair *next)
{
	const ShardPair *last = pairs == NIL ? NULL : llast(pairs);

	if (next->node.name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("shard %s is on no primary node", next->output)));
	if (last && strcmp(last->output, next->output) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("shard %s has copies on several nodes", next->output),
				 errdetail("Each node would score its copy, and the copies would differ."),
				 errhint("datarobot.score_into() writes to all copies.")));
}

List *
drs_citus_pairs(Oid source, Oid output)
{
	Oid			types[] = {OIDOID, OIDOID};
	Datum		values[] = {ObjectIdGetDatum(source), ObjectIdGetDatum(output)};
	List	   *pairs = NIL;

	check_colocated(source, output);
	select_rows("SELECT n.nodename, n.nodeport, "
				"pg_catalog.shard_name(s.logicalrelid, s.shardid), "
				"pg_catalog.shard_name(o.logicalrelid, o.shardid) "
				"FROM pg_catalog.pg_dist_shard s "
				"JOIN pg_catalog.pg_dist_shard o "
				"ON o.shardminvalue OPERATOR(pg_catalog.=) s.shardminvalue "
				"LEFT JOIN pg_catalog.pg_dist_placement p "
				"ON p.shardid OPERATOR(pg_catalog.=) o.shardid "
				"LEFT JOIN pg_catalog.pg_dist_node n "
				"ON n.groupid OPERATOR(pg_catalog.=) p.groupid "
				"AND n.noderole::pg_catalog.text OPERATOR(pg_catalog.=) 'primary' "
				"WHERE s.logicalrelid::pg_catalog.oid OPERATOR(pg_catalog.=) $1 "
				"AND o.logicalrelid::pg_catalog.oid OPERATOR(pg_catalog.=) $2 "
				"ORDER BY s.shardminvalue::pg_catalog.int8", 2, types, values);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		ShardPair  *pair = palloc(sizeof(ShardPair));

		pair->node = node_of(i, 1);
		pair->source = qualified(value_of(i, 3), source);
		pair->output = qualified(value_of(i, 4), output);
		check_place(pairs, pair);
		pairs = lappend(pairs, pair);
	}
	SPI_freetuptable(SPI_tuptable);
	return pairs;
}

NodeCommand *
drs_citus_command(const CitusNode *node, char *sql)
{
	NodeCommand *command = palloc0(sizeof(NodeCommand));

	command->node = *node;
	command->sql = sql;
	return command;
}

void
drs_citus_run(List *commands)
{
	int			count = list_length(commands);
	Datum	   *names = palloc(sizeof(Datum) * count);
	Datum	   *ports = palloc(sizeof(Datum) * count);
	Datum	   *texts = palloc(sizeof(Datum) * count);
	Oid			types[] = {TEXTARRAYOID, INT4ARRAYOID, TEXTARRAYOID};
	Datum		values[3];
	ListCell   *lc;

	if (commands == NIL)
		return;					/* Citus does not accept empty arrays */
	foreach(lc, commands)
	{
		const NodeCommand *command = lfirst(lc);
		int			i = foreach_current_index(lc);

		names[i] = CStringGetTextDatum(command->node.name);
		ports[i] = Int32GetDatum(command->node.port);
		texts[i] = CStringGetTextDatum(command->sql);
	}
	values[0] = PointerGetDatum(construct_array(names, count, TEXTOID, -1, false, TYPALIGN_INT));
	values[1] = PointerGetDatum(construct_array(ports, count, INT4OID, sizeof(int32), true,
												TYPALIGN_INT));
	values[2] = PointerGetDatum(construct_array(texts, count, TEXTOID, -1, false, TYPALIGN_INT));
	select_rows("SELECT success, result FROM pg_catalog.master_run_on_worker($1, $2, $3, true)", 3,
				types, values);
	if (SPI_processed != (uint64) count)
		elog(ERROR, "Citus returned " UINT64_FORMAT " results of %d commands", SPI_processed,
			 count);
	foreach(lc, commands)
	{
		NodeCommand *command = lfirst(lc);
		uint64		i = foreach_current_index(lc);

		command->succeeded = strcmp(value_of(i, 1), "t") == 0;
		command->result = value_of(i, 2);
	}
	SPI_freetuptable(SPI_tuptable);
}
