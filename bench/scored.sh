# shellcheck shell=bash
# bench/scored.sh: what reading scored tables costs, and predict_one. Sourced by bench/run and bench/instructions.
# shellcheck disable=SC2034,SC2154 # variables of those who source and are sourced

# ---------------------------------------------------------------- the statements

# Options of a call as those of a foreign table: {"a": 1} as ", a '1'".
table_options() { sed -E "s/^[{]//; s/[}]\$//; s/\"([a-z_]+)\": \"?([^,\"]*)\"?,?/, \1 '\2'/g" <<<"$1"; }

# sql_scored_table TABLE [OPTIONS]: makes "scored", of TABLE or a subquery
sql_scored_table() {
	printf "DROP FOREIGN TABLE IF EXISTS scored; CREATE FOREIGN TABLE scored (id bigint, prediction float8) "
	printf "SERVER bench OPTIONS (deployment '%s', query 'SELECT * FROM %s AS s' %s);" \
		"$synthetic" "$1" "$(table_options "${2:-"{}"}")"
}

# The same rows as by sql_window; the time is that of the last statement.
sql_scored() {
	sql_scored_table "$@"
	printf "SELECT count(*), round(sum(prediction)::numeric, 3) FROM scored;"
}

# ---------------------------------------------------------------- throughput and latency

forget_rounds() {
	took=() cpu=() sys=() ratio=() cpu_ratio=() sent_requests=() sent_bytes=() opened=() spilled=()
	ceiling_ratio=()
}

# shellcheck disable=SC2086 # lists in words
measure_scored_throughput() {
	local i
	section "a scored table beside COPY and the window: $rows rows, $rounds rounds (median, min to max)"
	cluster_psql -d "$drs_db" -c "COPY t TO '$work/t.csv' (FORMAT csv, HEADER)"
	forget_rounds
	expected=''
	open_session
	for i in warm-up $(seq "$rounds"); do run_round "$i" copy scored window; done
	report_way scored scored
	list_figure scored_vs_copy %.2f ratio '<= 1.0' ${ratio[scored]}
	list_figure scored_vs_copy_window %.2f ratio '' ${ratio[window]}
	list_figure scored_vs_copy_window_cpu %.2f ratio '' ${cpu_ratio[window]}
	forget_rounds
	expected=''
	rm -f "$work/t.csv"
}

measure_scored_latency() {
	section "latency of a scored table: $delay_ms ms for each request, $flight in flight, default work_mem"
	open_session
	latency_of scored scored_latency_share '>= 0.97' 10000 3 '<= 0'
	forget_counters
}

measure_scored_memory() {
	section "peak private memory of the backend above its start: $rows10 rows of a scored table"
	peaks scored_peak_mib_10m 1 '<= 64' "$(sql_scored t10)"
	figure scored_10m_rows_per_second "$(calc %.0f "$rows10 / $seconds")" rows/s
	peaks scored_peak_mib_10m_sorted 1 '<= 64' \
		"SELECT count(*), sum(prediction) FROM (SELECT prediction FROM scored ORDER BY id OFFSET 0) s;"
}

# ---------------------------------------------------------------- single rows

keys=200
ones=500

# Requests of one row each by libcurl alone, one after the other: ms of a request, of so many rows.
bare_ms() {
	cluster_psql -d "$drs_db" -c "COPY (SELECT * FROM t LIMIT $1) TO '$work/few.csv' (FORMAT csv, HEADER)"
	as_user "$work/src/test/server/build/uploader" "$STANDIN_URL/deployments/$synthetic/predictions" \
		"$STANDIN_TOKEN" "$STANDIN_KEY" "$work/few.csv" 1 1 |
		awk -v n="$1" '/ 0 failed$/ { printf "%.4f", $1 / n * 1000 }'
	rm -f "$work/few.csv"
}

measure_scored_key() {
	local i times=() bare half
	section "SELECT prediction FROM scored WHERE id = ... of $rows10 rows, $keys times"
	cluster_psql -d "$drs_db" -c 'CREATE UNIQUE INDEX t10_id ON t10 (id)'
	open_session
	ask "$(sql_scored_table t10)"
	ask 'SELECT prediction FROM scored WHERE id = 42;'
	bare=$(bare_ms "$keys")
	forget_counters
	for ((i = 1; i <= keys; i++)); do
		ask "SELECT prediction FROM scored WHERE id = $((rows10 * i / keys));"
		[ ${#answer[@]} = 1 ] || die "${#answer[@]} rows instead of 1"
		times+=("$ms")
	done
	read_counters
	figure scored_key_rows "$(counter rows)" rows "== $keys" "sent for $keys statements"
	half=$(of_sorted median "${times[@]}")
	figure scored_key_ms "$(calc %.2f "$half - $bare")" ms '<= 5.0' \
		"above a bare request's $bare; $(spread %.2f "${times[@]}")"
	cluster_psql -d "$drs_db" -c 'DROP INDEX t10_id'
}

measure_scored_limit() {
	section "SELECT id, prediction FROM scored LIMIT 10, of $rows10 rows"
	cluster_psql -d "$drs_db" -c "$(sql_scored_table t10)"
	limit_of scored_limit10 'SELECT id, prediction FROM scored LIMIT 10;'
}

# The median of the steps between moments in the column "at" of QUERY, in ms; sets step_ms.
median_step() { # QUERY
	ask "WITH s AS MATERIALIZED ($1) SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ms) FROM
		(SELECT extract(epoch FROM at - lag(at) OVER (ORDER BY at)) * 1000 AS ms FROM s) AS steps;"
	step_ms=${answer[-1]}
}

# Each of so many different rows is a request, in a WHERE and in a trigger: the worse of both counts.
measure_predict_one() {
	local bare where trigger i above=()
	section "predict_one: $ones different rows, beside bare requests of one row"
	cluster_psql -d "$drs_db" -c "
		CREATE TABLE one_source AS SELECT * FROM t LIMIT $ones;
		CREATE TABLE one_target (LIKE t, risk float8, at timestamptz);
		CREATE FUNCTION set_risk() RETURNS trigger LANGUAGE plpgsql AS \$\$
		BEGIN
			NEW.risk := datarobot.predict_one(NEW, '$synthetic', '{\"key_columns\": [\"risk\", \"at\"]}');
			NEW.at := clock_timestamp();
			RETURN NEW;
		END \$\$;
		CREATE TRIGGER risk BEFORE INSERT ON one_target FOR EACH ROW EXECUTE FUNCTION set_risk()"
	open_session
	for i in warm-up 1 2 3; do
		bare=$(bare_ms "$ones")
		median_step "SELECT clock_timestamp() AS at FROM one_source s
			WHERE datarobot.predict_one(s, '$synthetic') IS NOT NULL"
		where=$step_ms
		ask "TRUNCATE one_target; INSERT INTO one_target SELECT * FROM one_source;"
		median_step 'SELECT at FROM one_target'
		trigger=$step_ms
		[ "$i" = warm-up ] || above+=("$(calc %.3f "$(of_sorted max "$where" "$trigger") - $bare")")
	done
	list_figure predict_one_ms %.2f ms '<= 1.0' "${above[@]}"
	figure predict_one_where_ms "$(calc %.2f "$where")" ms '' "the last run; a bare request: $bare"
	figure predict_one_trigger_ms "$(calc %.2f "$trigger")" ms
	close_session
	cluster_psql -d "$drs_db" -c 'DROP TABLE one_source, one_target' -c 'DROP FUNCTION set_risk'
}

measure_scored() {
	measure_scored_throughput
	measure_scored_latency
	measure_scored_memory
	measure_scored_key
	measure_scored_limit
	measure_predict_one
	close_session
	cluster_psql -d "$drs_db" -c 'DROP FOREIGN TABLE scored'
}
