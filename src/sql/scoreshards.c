/*
 * scoreshards.c
 *		The procedure score_shards: every node scores its own shards of a distributed
 *		table into those of another one, by datarobot.score_into().
 *
 * Shards are scored in rounds, so many at a time on each node.  Their runs are in the
 * ledgers of their nodes, and are known there by the mark of this one, which is in the
 * text of their queries.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/memutils.h"

#include "base/clock.h"
#include "base/jsonbtext.h"
#include "base/names.h"
#include "base/pause.h"
#include "base/sqlname.h"
#include "base/subxact.h"
#include "cluster/citus.h"
#include "config/endpoint.h"
#include "into/callclaim.h"
#include "into/shardrun.h"
#include "realtime/pipelineplan.h"
#include "sql/arguments.h"
#include "sql/lastrun.h"
#include "sql/owntransactions.h"

PG_FUNCTION_INFO_V1(drs_score_shards);

/* Arguments of the SQL procedure before those of score_into. */
enum
{
	ARG_DEPLOYMENT,
	ARG_SOURCE,
	ARG_OUTPUT,
	ARG_FEATURES,
	ARG_SHARDS_PER_NODE,
	ARG_REST
};

#define SHARDS_PER_NODE 2		/* the default */

static const char *const rest_names[] = {
	"statement_type", "key_columns", "where_columns", "update_columns", "passthrough_columns",
	"output_columns", "column_names_remapping", "extra_columns", "on_error", "reject_limit",
	"abort_on_error", "keep_features", "consistent_model", "commit_rows", "commit_interval",
	"if_running", "resume", "server", NULL
};

typedef struct ShardCall
{
	char	   *deployment;		/* NULL: the server's default */
	Oid			source;
	Oid			output;
	List	   *features;		/* of char *; NIL: all columns */
	int64		shards_per_node;
	Jsonb	   *options;
	Endpoint   *endpoint;		/* of this node, for what all calls share */
	LedgerRun	run;
} ShardCall;

/* What became of all shards. */
typedef struct ShardCount
{
	int			all;
	int			done;
	int			failed;
	StringInfoData names;		/* of those that failed */
	TimestampTz next_start;		/* rate_limit: no round starts before that */
} ShardCount;

static void
check_arguments(FunctionCallInfo fcinfo)
{
	static const char *const names[] = {
		[ARG_SOURCE] = "source", [ARG_OUTPUT] = "output", [ARG_SHARDS_PER_NODE] = "shards_per_node"
	};

	for (size_t i = 0; i < lengthof(names); i++)
		if (names[i] && PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("%s must not be NULL", names[i])));
}

/* Append names as a list of columns, those that are not there yet. */
static void
add_columns(StringInfo sql, List **added, List *names)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		if (drs_names_have(*added, lfirst(lc)))
			continue;
		appendStringInfo(sql, "%s%s", *added ? ", " : "", quote_identifier(lfirst(lc)));
		*added = lappend(*added, lfirst(lc));
	}
}

/* The query of a shard: the features, and what else the call needs of a row. */
static char *
build_query(const ShardCall *call, const char *shard)
{
	const CallOptions *options = &call->endpoint->options.call;
	StringInfoData sql;
	List	   *added = NIL;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "SELECT ");
	if (call->features == NIL)
		appendStringInfoChar(&sql, '*');
	else
	{
		add_columns(&sql, &added, options->key_columns);
		add_columns(&sql, &added, options->passthrough_columns);
		add_columns(&sql, &added, call->features);
	}
	appendStringInfo(&sql, " FROM %s", shard);
	if (call->run.job_mark)
		appendStringInfo(&sql, " /* %s */", call->run.job_mark);
	return sql.data;
}

/* What the ledger records of the call. */
static void
fill_run(ShardCall *call)
{
	const Options *options = &call->endpoint->options;
	LedgerRun  *run = &call->run;

	run->owner = GetUserId();
	run->mode = RUN_SHARDS;
	run->server = call->endpoint->server_name;
	run->deployment = call->deployment ? call->deployment :
		options->server.deployment ? options->server.deployment : pstrdup("");
	run->query = build_query(call, drs_sql_relation(call->source));
	run->target = pstrdup(drs_sql_relation(call->output));
	run->statement_type = pstrdup(drs_statement_type_name(options->write.statement_type));
	run->arguments = call->options;
	run->search_path = pstrdup(namespace_search_path);
}

static void
drop_option(ShardCall *call, const char *name)
{
	call->options = DatumGetJsonbP(DirectFunctionCall2(jsonb_delete,
													   JsonbPGetDatum(call->options),
													   CStringGetTextDatum(name)));
}

/* What is about the table of a shard, which Citus makes, or about the sessions of a call. */
static void
check_options(const Options *options)
{
	const char *option = options->write.workers > 1 ? "workers" :
		options->write.create_table_if_not_exists ? "create_table_if_not_exists" :
		options->write.statement_type == STATEMENT_CREATE_TABLE ? "create_table" : NULL;

	if (option)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is not an option of score_shards", option),
				 options->write.workers > 1 ? errhint("Raise shards_per_node.") :
				 errhint("Create and distribute the output before.")));
}

static ShardCall
get_call(FunctionCallInfo fcinfo)
{
	ShardCall	call = {0};

	check_arguments(fcinfo);
	call.deployment = drs_argument_text(fcinfo, ARG_DEPLOYMENT);
	call.source = PG_GETARG_OID(ARG_SOURCE);
	call.output = PG_GETARG_OID(ARG_OUTPUT);
	call.features = drs_argument_names(fcinfo, ARG_FEATURES, "features");
	call.shards_per_node = drs_argument_whole(fcinfo, ARG_SHARDS_PER_NODE, "shards_per_node");
	if (call.shards_per_node < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("shards_per_node must be at least 1")));
	call.options = drs_arguments_as_options(fcinfo, ARG_REST, rest_names, OPTION_WRITE);
	call.options = call.options ? call.options : drs_jsonbtext_parse("{}");
	call.endpoint = drs_endpoint_resolve(NULL, call.options, OPTION_WRITE);
	check_options(&call.endpoint->options);
	drop_option(&call, "resume");	/* whether a shard's run is resumed, its node decides */
	drop_option(&call, "if_running");
	fill_run(&call);
	return call;
}

/*
 * The options of one of so many calls at a time: what they share of concurrency, which
 * batch jobs do not have, and rate_limit, and the server by name, since each node has
 * settings of its own.
 */
static char *
share_options(const ShardCall *call, int calls)
{
	const Options *options = &call->endpoint->options;
	StringInfoData json;
	Datum		merged;

	initStringInfo(&json);
	appendStringInfoString(&json, "{\"server\": ");
	escape_json(&json, call->endpoint->server_name);
	if (options->batch.method != METHOD_BATCH)	/* which has none */
		appendStringInfo(&json, ", \"concurrency\": %d",
						 Max(options->transfer.concurrency / calls, 1));
	if (options->server.rate_limit > 0)
		appendStringInfo(&json, ", \"rate_limit\": %.17g", options->server.rate_limit / calls);
	appendStringInfoChar(&json, '}');
	merged = DirectFunctionCall2(jsonb_concat, JsonbPGetDatum(call->options),
								 JsonbPGetDatum(drs_jsonbtext_parse(json.data)));
	return DatumGetCString(DirectFunctionCall1(jsonb_out, merged));
}

/*
 * A shard whose run was begun is resumed; one that is being begun, by a call whose
 * coordinator was lost, is left to it.
 */
static NodeCommand *
build_command(const ShardCall *call, const ShardPair *pair, const char *options)
{
	char	   *query = quote_literal_cstr(build_query(call, pair->source));
	char	   *score = psprintf("CALL datarobot.score_into(%s, %s, %s, resume => begun, "
								 "if_running => 'error', options => %s)",
								 call->deployment ? quote_literal_cstr(call->deployment) : "NULL",
								 query, quote_literal_cstr(pair->output),
								 quote_literal_cstr(options));
	char	   *code = psprintf("DECLARE begun pg_catalog.bool := EXISTS"
								" (SELECT FROM datarobot.run"
								" WHERE query OPERATOR(pg_catalog.=) %s);"
								" BEGIN COMMIT; %s; END", query, score);

	return drs_citus_command(&pair->node, psprintf("DO %s", quote_literal_cstr(code)));
}

static bool
is_on_node(const ShardPair *pair, const CitusNode *node)
{
	return pair->node.port == node->port && strcmp(pair->node.name, node->name) == 0;
}

static int
count_on_node(List *pairs, const CitusNode *node)
{
	int			count = 0;
	ListCell   *lc;

	foreach(lc, pairs)
		count += is_on_node(lfirst(lc), node);
	return count;
}

/*
 * Take the pairs of the next round off the list: at most so many of a node, and no more
 * than there may be requests at a time.
 */
static List *
take_round(const ShardCall *call, List **left)
{
	List	   *round = NIL;
	ListCell   *lc;

	foreach(lc, *left)
	{
		ShardPair  *pair = lfirst(lc);

		if (list_length(round) >= call->endpoint->options.transfer.concurrency)
			break;
		if (count_on_node(round, &pair->node) >= call->shards_per_node)
			continue;
		round = lappend(round, pair);
		*left = foreach_delete_current(*left, lc);
	}
	return round;
}

static void
note_failure(ShardCount *count, const ShardPair *pair, const NodeCommand *command)
{
	ereport(WARNING,
			(errmsg("shard %s on %s:%d was not scored", pair->output, pair->node.name,
					pair->node.port),
			 command->result ? errdetail_internal("%s", command->result) : 0));
	appendStringInfo(&count->names, "%s%s", count->failed > 0 ? ", " : "", pair->output);
	count->failed++;
}

static bool
is_still_there(const ShardPair *pair, List *pairs)
{
	ListCell   *lc;

	foreach(lc, pairs)
	{
		const ShardPair *now = lfirst(lc);

		if (strcmp(now->output, pair->output) == 0 && is_on_node(now, &pair->node))
			return true;
	}
	return false;
}

/*
 * A shard that was moved meanwhile is not scored: its former place is kept for a while,
 * and takes rows that nobody sees.
 */
static void
fail_moved(const ShardCall *call, List *pairs, List *commands)
{
	List	   *now = drs_citus_pairs(call->source, call->output);
	ListCell   *pair;
	ListCell   *command;

	forboth(pair, pairs, command, commands)
	{
		NodeCommand *done = lfirst(command);

		if (!done->succeeded || is_still_there(lfirst(pair), now))
			continue;
		done->succeeded = false;
		done->result = pstrdup("It was moved to another node meanwhile.");
	}
}

static NodeCommand *
build_question(const ShardCall *call, const ShardPair *pair)
{
	return drs_citus_command(&pair->node,
							 psprintf("SELECT EXISTS (SELECT FROM datarobot.run"
									  " WHERE state OPERATOR(pg_catalog.=) '%s'"
									  " AND query OPERATOR(pg_catalog.=) %s)",
									  drs_run_state_name(RUN_COMPLETED),
									  quote_literal_cstr(build_query(call, pair->source))));
}

/* Count the shards that are complete, and return the others. */
static List *
skip_complete(const ShardCall *call, List *pairs, ShardCount *count)
{
	List	   *commands = NIL;
	List	   *others = NIL;
	ListCell   *pair;
	ListCell   *command;

	foreach(pair, pairs)
		commands = lappend(commands, build_question(call, lfirst(pair)));
	drs_citus_run(commands);
	forboth(pair, pairs, command, commands)
	{
		const NodeCommand *answer = lfirst(command);

		if (answer->succeeded && strcmp(answer->result, "t") == 0)
			count->done++;
		else
			others = lappend(others, lfirst(pair));
	}
	return others;
}

/*
 * Each call on a node may begin with a request.  So the next round begins when the calls
 * of this one could have sent another.
 */
static void
keep_pace(const ShardCall *call, int calls, TimestampTz begun, ShardCount *count)
{
	double		rate_limit = call->endpoint->options.server.rate_limit;
	int64		pause = rate_limit > 0 ? drs_rate_pause_us(rate_limit / calls) : 0;

	if (pause > 0)
		count->next_start = begun + ((drs_clock() - begun) / pause + 1) * pause;
}

/* Run the calls of a round, and fill in what became of them. */
static List *
run_round(const ShardCall *call, List *pairs, ShardCount *count)
{
	char	   *options = share_options(call, list_length(pairs));
	List	   *commands = NIL;
	TimestampTz begun;
	ListCell   *pair;

	foreach(pair, pairs)
		commands = lappend(commands, build_command(call, lfirst(pair), options));
	drs_next_transaction();		/* the run is recorded, and nothing is held */
	drs_pause_until(count->next_start, WAIT_FOR_ANSWER);
	begun = drs_clock();
	drs_citus_run(commands);
	keep_pace(call, list_length(pairs), begun, count);
	drs_next_transaction();		/* to see what has changed */
	fail_moved(call, pairs, commands);
	return commands;
}

/* Score the shards of a round.  False: none of them could be scored. */
static bool
score_round(const ShardCall *call, List *pairs, ShardCount *count)
{
	List	   *left = call->endpoint->options.write.resume ?
		skip_complete(call, pairs, count) : pairs;
	List	   *commands = left == NIL ? NIL : run_round(call, left, count);
	int			failed = count->failed;
	ListCell   *pair;
	ListCell   *command;

	forboth(pair, left, command, commands)
	{
		if (((NodeCommand *) lfirst(command))->succeeded)
			count->done++;
		else
			note_failure(count, lfirst(pair), lfirst(command));
	}
	ereport(NOTICE,
			(errmsg("%d of %d shards are scored", count->done, count->all)));
	return count->failed - failed < list_length(pairs);
}

/* Record how the run ended, and raise what is to be raised. */
static void
end_run(const LedgerRun *run, const ShardCount *count, bool all_begun)
{
	char	   *message = count->done == count->all ? NULL :
		psprintf("%d of %d shards are not scored", count->all - count->done, count->all);

	drs_shardrun_end(run, message);
	drs_next_transaction();
	if (message)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("%s", message),
				 errdetail("These failed: %s.%s", count->names.data,
						   all_begun ? "" : " The others were not begun."),
				 errhint("Repeat the call with resume => true.")));
}

static void
score_all(ShardCall *call)
{
	MemoryContext cxt = CurrentMemoryContext;
	MemoryContext round_cxt = AllocSetContextCreate(cxt, "datarobot_scoring round",
													ALLOCSET_DEFAULT_SIZES);
	List	   *left = drs_citus_pairs(call->source, call->output);
	ShardCount	count = {.all = list_length(left)};
	bool		some = true;

	initStringInfo(&count.names);
	if (!drs_shardrun_open(&call->run, call->endpoint->options.write.resume))
		return;
	drs_last_run_note(call->run.id);
	while (left != NIL && some)
	{
		List	   *pairs = take_round(call, &left);

		MemoryContextSwitchTo(round_cxt);
		some = score_round(call, pairs, &count);
		MemoryContextSwitchTo(cxt);
		MemoryContextReset(round_cxt);
	}
	end_run(&call->run, &count, left == NIL);
}

Datum
drs_score_shards(PG_FUNCTION_ARGS)
{
	ShardCall	call;
	int			holder = 0;

	drs_last_run_forget();
	PreventCommandIfReadOnly("datarobot.score_shards()");
	drs_refuse_bound(fcinfo, "datarobot.score_shards()");
	drs_citus_check();
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	drs_next_transaction();		/* one that is ours from its beginning */
	call = get_call(fcinfo);
	if (drs_callclaim_take(&call.run, (IfRunning) call.endpoint->options.write.if_running, true,
						   &holder))
	{
		score_all(&call);
		drs_last_run_note(call.run.id);	/* once more, for this transaction */
	}
	else
		drs_callclaim_skip(&call.run, holder);
	SPI_finish();
	PG_RETURN_VOID();
}
