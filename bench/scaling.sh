# shellcheck shell=bash
# bench/scaling.sh: what a row costs where several servers score, and at the one that gathers: the figures of
# docs/scaling.md. Sourced by bench/run.
#
# The nodes are servers of this machine, so more of them are no faster here: their CPU time per row is what counts.
# Node 0 is the coordinator, the proxy, or who gathers; 1 to 3 contain the rows, as many each.
# shellcheck disable=SC2030,SC2031,SC2154 # work is another one for a function that runs on a node; those who source

nodes_all=3
scaling_rounds=3
scaling_names=(one two three) # tables of what a node has, when there are so many of them
shards_at_a_time=4
# of what docs/scaling.md expects of more nodes than are here
node_cores=4
wire_bytes=1250000000 # per second: 10 Gbit/s

# ---------------------------------------------------------------- nodes

# Run a function of script/lib.sh on a node: in its own directory, and with its port.
on_node() { # NODE FUNCTION [ARGUMENT...]
	(
		pgport=$(node_port "$1")
		work=$work/nodes/$1
		"${@:2}"
	)
}

node_port() { sed -n 's/^port = //p' "$work/nodes/$1/port.conf" 2>/dev/null || true; }

node_psql() { on_node "$1" cluster_psql -d "${node_db:-$drs_db}" "${@:2}"; }

has_extension() { [ -e "$("$PG_CONFIG" --sharedir)/extension/$1.control" ]; }

make_node() { # NODE
	as_user mkdir -p "$work/nodes/$1"
	{
		cat "$work/ext.conf"
		printf '%s = %s\n' shared_buffers 128MB max_connections 100 max_worker_processes 16 \
			max_prepared_transactions 100
		! has_extension citus || printf "%s = '%s'\n" shared_preload_libraries citus citus.node_conninfo sslmode=prefer
	} | as_user tee "$work/nodes/$1/ext.conf" >/dev/null
	on_node "$1" init_cluster
	on_node "$1" start_cluster
	on_node "$1" create_database
}

stop_nodes() {
	local node
	for ((node = 0; node <= nodes_all; node++)); do on_node "$node" stop_cluster immediate; done
}

# CPU time of a node's processes so far, in clock ticks, those that have ended included.
node_ticks() { # NODE
	local postmaster pid stat sum=0
	postmaster=$(on_node "$1" cluster_pid)
	for pid in "$postmaster" $(pgrep -P "$postmaster"); do
		{ stat=$(<"/proc/$pid/stat"); } 2>/dev/null || continue
		read -ra stat <<<"${stat##*) }"
		sum=$((sum + stat[11] + stat[12]))
		[ "$pid" != "$postmaster" ] || sum=$((sum + stat[13] + stat[14]))
	done
	printf '%s\n' "$sum"
}

rows_nodes_ticks() { # NODES
	local node sum=0
	for ((node = 1; node <= $1; node++)); do sum=$((sum + $(node_ticks "$node"))); done
	printf '%s\n' "$sum"
}

# Tables "one", "two" and "three" on the nodes that have some of them.
load_nodes() {
	local n node name
	for ((n = 1; n <= nodes_all; n++)); do
		name=${scaling_names[n - 1]}
		for ((node = 1; node <= n; node++)); do
			cluster_psql -d "$drs_db" -c "COPY (SELECT * FROM t WHERE id % $n = $node - 1) TO STDOUT" |
				node_psql "$node" -c "CREATE TABLE $name $table_columns" -c "COPY $name FROM STDIN" \
					-c "ALTER TABLE $name ADD PRIMARY KEY (id)" -c "VACUUM (FREEZE, ANALYZE) $name" \
					-c "CREATE TABLE pred_$name (id bigint PRIMARY KEY, p float8)"
		done
	done
}

# ---------------------------------------------------------------- measuring

declare -A scaling_took scaling_center scaling_nodes

per_row() { calc %.3f "$1 * 1000000 / $ticks_per_second / $rows"; } # ticks as microseconds

# One case: rounds of a statement in the open session, by so many nodes. What it returns must be ANSWER, if that is not
# empty. The fresh targets are made before each round.
scaling_case() { # NAME NODES STATEMENT ANSWER
	local i node center nodes
	for ((i = 0; i <= scaling_rounds; i++)); do
		for ((node = 1; node <= $2; node++)); do
			[ -z "$fresh" ] || node_psql "$node" -c "$fresh"
		done
		[ -z "$fresh_center" ] || ask "$fresh_center"
		forget_counters
		center=$(node_ticks 0)
		nodes=$(rows_nodes_ticks "$2")
		ask "$3"
		[ -z "$4" ] || [ "${answer[*]}" = "$4" ] || die "$1: ${answer[*]} instead of $4"
		[ "$i" != 0 ] || continue # to warm up
		scaling_took[$1]+=" $(calc %.4f "$ms / 1000")"
		scaling_center[$1]+=" $(per_row $(($(node_ticks 0) - center)))"
		scaling_nodes[$1]+=" $(per_row $(($(rows_nodes_ticks "$2") - nodes)))"
	done
	read_counters
	[ "$(counter rows)" = "$rows" ] || die "$1: $(counter rows) rows were scored instead of $rows"
	report_scaling "$1"
}

# shellcheck disable=SC2086 # lists in words
report_scaling() { # NAME
	list_figure "scaling_$1_seconds" %.3f s '' ${scaling_took[$1]}
	figure "scaling_$1_rows_per_second" "$(calc %.0f "$rows / $(of_sorted median ${scaling_took[$1]})")" rows/s
	list_figure "scaling_$1_center" %.2f us/row '' ${scaling_center[$1]}
	list_figure "scaling_$1_nodes" %.2f us/row '' ${scaling_nodes[$1]}
}

call_scores() { # SOURCE TARGET [ARGUMENTS]
	printf "CALL datarobot.score_into('%s', 'SELECT * FROM %s', '%s', key_columns => '{id}', " "$synthetic" "$1" "$2"
	printf "column_names_remapping => '%s'%s);" '{"prediction": "p"}' "${3:-}"
}

open_node_session() { # NODE
	pgport=$(node_port "$1")
	open_session
}

# ---------------------------------------------------------------- one server, and the model

measure_one_server() {
	local speeds=() i
	section "one server: $rows rows, 4 in flight, $scaling_rounds rounds (median, min to max)"
	cluster_psql -d "$drs_db" -c "COPY t TO '$work/t.csv' (FORMAT csv, HEADER)"
	for i in 1 2 3 4 5; do speeds+=("$(upload 5000000)"); done
	figure scaling_model_rows_per_second "$(of_sorted median "${speeds[@]}")" rows/s '' "the stand-in alone"
	rm -f "$work/t.csv"
	open_node_session 1
	fresh='TRUNCATE pred_one'
	scaling_case session 1 "$(call_scores one pred_one)" ''
	sent_bytes=$(calc %.0f "$(counter bytes) / $rows")
	figure scaling_sent_bytes "$sent_bytes" bytes/row
	scaling_case workers 1 "$(call_scores one pred_one ', workers => 2')" ''
}

# ---------------------------------------------------------------- postgres_fdw

# Scored tables of the nodes, as partitions of one table of node 0.
make_gathered() { # TABLE NODES
	local node
	for ((node = 1; node <= $2; node++)); do
		node_psql "$node" -c "CREATE FOREIGN TABLE scored_$1 (id bigint, p float8 OPTIONS (output 'prediction'))
			SERVER bench OPTIONS (deployment '$synthetic', query 'SELECT * FROM public.$1', key_columns 'id')"
	done
	ask "CREATE TABLE gathered_$1 (node int, id bigint, p float8) PARTITION BY LIST (node);"
	for ((node = 1; node <= $2; node++)); do
		ask "CREATE FOREIGN TABLE gathered_$1_$node PARTITION OF gathered_$1 FOR VALUES IN ($node) SERVER node$node
			OPTIONS (table_name 'scored_$1_$node');"
		node_psql "$node" -c "CREATE VIEW scored_$1_$node AS SELECT $node AS node, * FROM scored_$1"
	done
}

measure_postgres_fdw() {
	local node n name known
	section "postgres_fdw: $rows rows on one to $nodes_all servers of this machine"
	known=$(node_psql 1 -At -c 'SELECT count(*), round(sum(p)::numeric, 3) FROM pred_one')
	open_node_session 0
	fresh=''
	ask 'CREATE EXTENSION postgres_fdw;'
	for ((node = 1; node <= nodes_all; node++)); do
		ask "CREATE SERVER node$node FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1',
			port '$(node_port "$node")', dbname '$drs_db', async_capable 'true', fetch_size '10000');"
		ask "CREATE USER MAPPING FOR PUBLIC SERVER node$node OPTIONS (user '$drs_super');"
	done
	for ((n = 1; n <= nodes_all; n++)); do
		name=${scaling_names[n - 1]}
		make_gathered "$name" "$n"
		scaling_case "fdw$n" "$n" "SELECT count(*), round(sum(p)::numeric, 3) FROM gathered_$name;" "$known"
	done
	ask "SELECT round(avg(7 + 4 + length(id::text) + 4 + length(p::text)), 1) FROM gathered_one;"
	figure scaling_fdw_wire "${answer[0]}" bytes/row '' 'of the protocol, for two columns'
}

# ---------------------------------------------------------------- PL/Proxy

measure_plproxy() {
	local node n name options
	section "PL/Proxy: $rows rows on one to $nodes_all servers of this machine"
	ask 'CREATE EXTENSION plproxy;'
	for ((n = 1; n <= nodes_all; n++)); do
		name=${scaling_names[n - 1]}
		options=''
		for ((node = 1; node <= n; node++)); do
			options+=", p$((node - 1)) 'host=127.0.0.1 port=$(node_port "$node") dbname=$drs_db user=$drs_super'"
			node_psql "$node" -c "CREATE FUNCTION score_$name() RETURNS bigint LANGUAGE sql AS \$\$
				SELECT rows_written FROM datarobot.score_into_now('$synthetic', 'SELECT * FROM $name', 'pred_$name',
					'upsert', '{id}', column_names_remapping => '{\"prediction\": \"p\"}') \$\$"
		done
		# of other numbers than 1, 2, 4, ... it wants to hear how keys are mapped, though none are here
		ask "CREATE SERVER shards$n FOREIGN DATA WRAPPER plproxy OPTIONS (modular_mapping '1'$options);"
		ask "CREATE USER MAPPING FOR PUBLIC SERVER shards$n OPTIONS (user '$drs_super');"
		ask "CREATE FUNCTION score_$name() RETURNS SETOF bigint LANGUAGE plproxy AS \$\$
			CLUSTER 'shards$n'; RUN ON ALL; \$\$;"
		fresh="TRUNCATE pred_$name"
		scaling_case "plproxy$n" "$n" "SELECT sum(s) FROM score_$name() s;" "$rows"
	done
}

# ---------------------------------------------------------------- Citus

# A database of its own on all nodes; those with rows join one after the other.
measure_citus() {
	local drs_db=citus n
	section "Citus: $rows rows on one to $nodes_all nodes of this machine beside the coordinator"
	for ((n = 0; n <= nodes_all; n++)); do
		on_node "$n" create_database
		node_psql "$n" -c 'CREATE EXTENSION citus'
	done
	open_node_session 0
	fresh=''
	ask "SELECT citus_set_coordinator_host('127.0.0.1', $(node_port 0));"
	ask "SET citus.shard_count = $((shards_at_a_time * nodes_all));"
	for ((n = 1; n <= nodes_all; n++)); do
		ask "SELECT citus_add_node('127.0.0.1', $(node_port "$n"));"
		ask "DROP TABLE IF EXISTS t, pred; CREATE TABLE t $table_columns;
			CREATE TABLE pred (id bigint PRIMARY KEY, p float8);"
		ask "SELECT create_distributed_table('t', 'id');
			SELECT create_distributed_table('pred', 'id', colocate_with => 't');"
		cluster_psql -d "$drs_db" -c 'COPY t FROM STDIN' -c 'ALTER TABLE t ADD PRIMARY KEY (id)' <"$work/t.copy"
		fresh_center='TRUNCATE pred;'
		scaling_case "citus$n" "$n" "$(call_scores t pred)" ''
		scaling_case "shards$n" "$n" "CALL datarobot.score_shards('$synthetic', 't', 'pred', key_columns => '{id}',
			column_names_remapping => '{\"prediction\": \"p\"}', shards_per_node => $shards_at_a_time,
			options => '{\"concurrency\": $((4 * shards_at_a_time * n))}');" ''
		ask 'SELECT count(*) FROM pred;'
		[ "${answer[0]}" = "$rows" ] || die "shards: ${answer[0]} rows are written instead of $rows"
	done
	fresh_center=''
}

# ---------------------------------------------------------------- more nodes than are here

# What so many nodes would reach: the lowest of what the nodes, the one in the center, and the wire of the model's
# servers can do. The center's CPU counts where rows pass through it; else it is that of a call, not of rows.
# shellcheck disable=SC2086 # lists in words
expect_of() { # WAY NODES
	local node center lowest cores=$(($2 * node_cores))
	[ -n "${scaling_nodes[${1}$nodes_all]:-}" ] || return 0
	node=$(of_sorted median ${scaling_nodes[$1$nodes_all]})
	center=$(of_sorted median ${scaling_center[$1$nodes_all]})
	# a shard at a time needs one of the requests of the call, which are no more
	[ "$1" != shards ] || cores=$((cores < 64 ? cores : 64))
	lowest=$({
		calc '%.0f nodes\n' "$cores * 1000000 / $node"
		calc '%.0f wire\n' "$wire_bytes / $sent_bytes"
		case $1 in fdw | citus) calc '%.0f center\n' "1000000 / ($center + 0.001)" ;; esac
	} | sort -n | sed -n 1p)
	figure "scaling_$1_of_$2" "${lowest% *}" rows/s '' "limit: ${lowest#* }"
}

expect_more_nodes() {
	local way n
	section "computed: $node_cores cores of each node, $wire_bytes bytes per second, a model that is never the limit"
	for way in citus shards fdw plproxy; do
		for n in 1 10 100; do expect_of "$way" "$n"; done
	done
}

measure_scaling() {
	local sent_bytes node fresh='' fresh_center='' main=$pgport table_columns
	section "nodes: making $((nodes_all + 1)) servers"
	table_columns=$(cluster_psql -d "$drs_db" -At -c "SELECT '(' || string_agg(attname || ' ' || format_type(atttypid,
		atttypmod), ', ' ORDER BY attnum) || ')' FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0")
	for ((node = 0; node <= nodes_all; node++)); do make_node "$node"; done
	load_nodes
	cluster_psql -d "$drs_db" -c 'COPY t TO STDOUT' >"$work/t.copy"
	measure_one_server
	if has_extension postgres_fdw; then measure_postgres_fdw; else say 'no postgres_fdw here'; fi
	if has_extension plproxy; then measure_plproxy; else say 'no PL/Proxy here'; fi
	if has_extension citus; then measure_citus; else say 'no Citus here'; fi
	expect_more_nodes
	close_session
	pgport=$main
	stop_nodes
	rm -rf -- "$work/nodes" "$work/t.copy"
}
