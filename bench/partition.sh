# shellcheck shell=bash
# bench/partition.sh: sets of training data, and quality of predictions, for ten times the rows. Sourced by bench/run.
# shellcheck disable=SC2154 # variables of those who source and are sourced

partition_rounds=3

# What NAME runs. ntile and percentile_cont are PostgreSQL's own: what its window or its sort takes alone.
partition_sql() { # NAME
	local sets='SELECT count(set) FROM (SELECT'
	case $1 in
	ntile) printf '%s ntile(6) OVER (ORDER BY id) AS set FROM examples) s;' "$sets" ;;
	random) printf '%s datarobot.random_cv(20, 5) OVER (ORDER BY id) AS set FROM examples) s;' "$sets" ;;
	stratified) printf '%s datarobot.stratified_cv(label, 20, 5) OVER (ORDER BY id) AS set FROM examples) s;' "$sets" ;;
	group) printf '%s datarobot.group_cv(customer, 20, 5) OVER () AS set FROM examples) s;' "$sets" ;;
	user) printf '%s datarobot.user_cv(fold) OVER () AS set FROM examples) s;' "$sets" ;;
	percentile) printf 'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY p) FROM examples;' ;;
	auc) printf 'SELECT datarobot.auc(label, p) FROM examples;' ;;
	*) die "no such way: $1" ;;
	esac
}

make_examples() {
	cluster_psql -d "$drs_db" -v rows="$rows10" <<-'SQL'
		SET client_min_messages = warning;
		DROP TABLE IF EXISTS examples;
		CREATE UNLOGGED TABLE examples AS
		SELECT i AS id, i * 7919 % 10 = 0 AS label, (i * 7919 % 1000003)::float8 / 1000003 AS p,
			i * 104729 % (:rows / 10) AS customer, (i % 6)::int AS fold
		FROM generate_series(1::bigint, :rows) i;
		ALTER TABLE examples ADD PRIMARY KEY (id);
		VACUUM (FREEZE, ANALYZE) examples;
	SQL
}

# Rows per second, the median of some rounds. Every row must have got a set.
partition_speed() { # NAME LIMIT
	local speeds=() i
	for ((i = 0; i < partition_rounds; i++)); do
		measure "$(partition_sql "$1")"
		case $1 in
		auc | percentile) ;;
		*) [ "${scored[0]}" = "$rows10" ] || die "$1: ${scored[0]} rows are in a set instead of $rows10" ;;
		esac
		speeds+=("$(calc %.0f "$rows10 / $seconds")")
	done
	case $1 in
	auc | percentile) list_figure "$1_rows_per_second" %.0f rows/s "$2" "${speeds[@]}" ;;
	*) list_figure "partition_$1_rows_per_second" %.0f rows/s "$2" "${speeds[@]}" ;;
	esac
	figure "partition_$1_temp_mb" "$temp_mb" MB
}

measure_partition() {
	local name highest=0
	section "sets of training data and quality of predictions: $rows10 rows"
	make_examples
	open_session
	ask 'SET max_parallel_workers_per_gather = 0;'
	partition_speed ntile ''
	partition_speed random '>= 2000000'
	partition_speed stratified '>= 1000000'
	partition_speed group '>= 1000000'
	partition_speed user ''
	partition_speed percentile ''
	partition_speed auc '>= 1000000'
	for name in random stratified group user auc; do
		peak_of "$(partition_sql "$name")"
		figure "partition_${name}_peak_mib_10m" "$peak" MiB
		highest=$(of_sorted max "$highest" "$peak")
	done
	figure partition_peak_mib_10m "$highest" MiB '<= 64' "highest of all; work_mem is 4 MiB"
	cluster_psql -d "$drs_db" -c 'DROP TABLE examples'
}
