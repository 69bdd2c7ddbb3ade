# shellcheck shell=bash
# bench/faults.sh: what refusals for too many requests cost a run, and what bad rows do. Sourced by bench/run.
# shellcheck disable=SC2154 # variables of those who source and are sourced

# ---------------------------------------------------------------- 429

# status_count STATUS: answers of that status, by the counters as read last
status_count() {
	local json=${counters#*"\"$synthetic\":"}
	json=${json#*'"statuses":'}
	json=${json%%\}*}
	[[ $json =~ \"$1\":\ *([0-9]+) ]] || { echo 0; return; }
	echo "${BASH_REMATCH[1]}"
}

# Every tenth request is answered by 429 and told to come again in a second. Waits of requests that are in flight
# together overlap, so the sum of all waits is the most that they may cost.
measure_429() {
	local plain refused sql chunk_rows=$((rows < 1000000 ? rows / 100 : 10000))
	sql=$(call_into 'SELECT * FROM t' insert "key_columns => '{id}', options => '{\"chunk_rows\": $chunk_rows}'")
	fresh_target bare
	measure "$sql"
	plain=$seconds
	fresh_target bare
	measure "$sql" \
		'{"fault": "status", "status": 429, "retry_after": 1, "every": 10, "times": -1}'
	refused=$(status_count 429)
	check_run faults "$rows" "$rows"
	check_target faults without_id
	[ "$refused" -gt 0 ] || die "no request of $requests was refused"
	figure into_429_refused "$refused" requests '' "of $requests, each told to wait for 1 s"
	figure into_429_cost "$(calc %.3f "$seconds / ($plain + $refused)")" ratio '<= 1.1' \
		"$seconds s, without refusals $plain s"
	forget_counters
}

# ---------------------------------------------------------------- bad rows

# One row of ten thousand has a text where the model wants a number: the service refuses the whole request.
bad_rows=5
bad_each=10000
visits=5f0000000000000000000001

make_bad_rows() {
	ask 'DROP TABLE IF EXISTS visits;'
	ask "CREATE TABLE visits AS
		SELECT i AS id, CASE WHEN i % $bad_each = 4321 THEN 'many' ELSE (i % 7)::text END AS chronic_diseases,
		(i % 5)::float8 AS coinsurance_log, (i % 11) / 2.0 AS incentive_log, (i % 9) / 3.0 AS max_expense_log,
		i % 2 AS physical_limit, i % 2 AS deductible_plan, (ARRAY['good', 'fair', 'poor'])[1 + i % 3] AS health
		FROM generate_series(1, $((bad_rows * bad_each))) AS i;"
	ask 'ALTER TABLE visits ADD PRIMARY KEY (id); VACUUM ANALYZE visits;'
}

# score_visits WHERE: sets requests
score_visits() {
	ask 'DROP TABLE IF EXISTS scored_visits; CREATE TABLE scored_visits (id int PRIMARY KEY, prediction float8);'
	forget_counters
	ask "CALL datarobot.score_into('$visits', \$\$SELECT * FROM visits WHERE $1\$\$, 'scored_visits',
		key_columns => '{id}', on_error => 'reject');"
	read_counters
	requests=$(synthetic=$visits && counter requests)
}

measure_bad_rows() {
	local plain good=$((bad_rows * (bad_each - 1)))
	make_bad_rows
	score_visits "chronic_diseases <> 'many'"
	plain=$requests
	score_visits true
	check_run "bad rows" $((bad_rows * bad_each)) $good
	ask "SELECT count(*), count(*) FILTER (WHERE id % $bad_each = 4321) FROM scored_visits;"
	[ "${answer[0]}" = "$good|0" ] || die "bad rows: the target holds ${answer[0]}"
	ask "SELECT string_agg(key ->> 'id', ',' ORDER BY row_number) =
			(SELECT string_agg(id::text, ',' ORDER BY id) FROM visits WHERE chronic_diseases = 'many')
		FROM datarobot.rejected_row WHERE run_id = datarobot.last_run();"
	[ "${answer[0]}" = t ] || die "bad rows: others were rejected than those that are bad"
	figure into_bad_row_requests "$(calc %.1f "($requests - $plain) / $bad_rows")" requests \
		"<= $(calc %.1f "2 * log($bad_each) / log(2)")" \
		"for each of $bad_rows bad rows; $plain requests without them"
}

measure_faults() {
	prepare_into
	section "every tenth request refused with 429, Retry-After: 1"
	measure_429
	section "one bad row in $bad_each, on_error => 'reject'"
	measure_bad_rows
}
