# shellcheck shell=bash
# bench/explain.sh: what explanations cost, in answers of JSON. Sourced by bench/run.
# shellcheck disable=SC2154 # variables of those who source and are sourced

# Three explanations for each row. The server says what it has ready (bench/canned), so that what is measured is
# the backend: CPU, because reading such answers keeps it busy and the machine may have other things to do.
explain_rows=100000

start_canned() {
	local port
	close_session # so that the helper does not hold its end of the pipe
	explain_rows=$((rows < explain_rows ? rows / 10 * 10 : explain_rows))
	exec {canned_from}< <(exec "$root/bench/canned" $((explain_rows / 10)))
	helpers+=("$!")
	read -r port <&"$canned_from"
	cluster_psql -d "$drs_db" -c "CREATE SERVER canned FOREIGN DATA WRAPPER datarobot_scoring
		OPTIONS (prediction_url 'http://127.0.0.1:$port', allow_http 'true', auth 'none')" \
		-c 'CREATE TYPE explained AS (prediction float8, explanations jsonb)'
}

stop_canned() {
	close_session
	kill "${helpers[@]}"
	exec {canned_from}<&-
	helpers=()
	cluster_psql -d "$drs_db" -c 'DROP SERVER canned' -c 'DROP TYPE explained'
}

# sql_explained COLUMNS FUNCTION [ARGUMENT]
sql_explained() {
	local options="{\"format\": \"json\", \"max_explanations\": 3, \"chunk_rows\": $((explain_rows / 10))}"
	printf "SELECT %s FROM datarobot.%s(%s'canned', 'SELECT * FROM t LIMIT %s', server => 'canned', " \
		"$1" "$2" "${3:-}" "$explain_rows"
	printf "options => '%s');" "$options"
}

# measure_explained NAME SQL ANSWER
measure_explained() {
	local i speeds=()
	ask "$2" # connects, and fills caches
	[ "${answer[0]}" = "$3" ] || die "$1: ${answer[0]} instead of $3"
	for ((i = 0; i < rounds; i++)); do
		measure "$2"
		speeds+=("$(calc %.0f "$explain_rows / ($user_cpu + $system_cpu + 0.001)")")
	done
	list_figure "${1}_rows_per_cpu_second" %.0f rows/s '>= 50000' "${speeds[@]}"
	peak_of "$2"
	figure "${1}_peak_mib" "$peak" MiB '<= 64'
}

measure_explain() {
	start_canned
	section "explanations: 3 for each of $explain_rows rows, answers in JSON, CPU of the backend"
	open_session
	# as an array of composites, as JSON, and as rows of their own
	local sums='count(*), sum(cardinality(explanations))' sums_json='count(*), sum(jsonb_array_length(explanations))'
	measure_explained explain "$(sql_explained "$sums" score_as 'NULL::datarobot.prediction, ')" \
		"$explain_rows|$((explain_rows * 3))"
	measure_explained explain_json "$(sql_explained "$sums_json" score_as 'NULL::explained, ')" \
		"$explain_rows|$((explain_rows * 3))"
	measure_explained explain_each "$(sql_explained 'count(*), count(DISTINCT feature)' explain)" \
		"$((explain_rows * 3))|3"
	stop_canned
}
