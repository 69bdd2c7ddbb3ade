# shellcheck shell=bash
# bench/xmin.sh: does a run hold VACUUM back while it waits for the network? Sourced by bench/run.
# shellcheck disable=SC2034,SC2154 # variables of those who source and are sourced

xmin_delay_ms=2000
watchers=() # process ids of the other sessions

# Another session, which ends when it is told so through pg_terminate_backend; its output is $work/NAME.out.
watcher() { # NAME STATEMENTS
	as_user "$bindir/psql" -X -q -At \
		-d "host=127.0.0.1 port=$pgport user=$drs_super dbname=$drs_db application_name=$1" \
		<<<"$2" >"$work/$1.out" 2>"$work/$1.err" &
	watchers+=("$!")
}

end_watchers() {
	sql "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE application_name IN ('xmin_sampler', 'busy_writer')" >/dev/null
	wait "${watchers[@]}" 2>/dev/null || true
	watchers=()
}

# Every few milliseconds, while the run is active: does it have an xmin, or a transaction id? Both hold VACUUM back.
sample_xmin() {
	watcher xmin_sampler "SELECT CASE WHEN backend_xmin IS NULL AND backend_xid IS NULL THEN 'free' ELSE 'held' END
		FROM pg_stat_activity WHERE pid = $backend AND state = 'active' \\watch 0.003"
}

# Updates of all rows of a small table, five a second, without end.
keep_busy() { watcher busy_writer 'UPDATE busy SET n = n + 1 \watch 0.2'; }

run_is_active() { [ "$(sql "SELECT state FROM pg_stat_activity WHERE pid = $backend")" = active ]; }

# VACUUM the busy table now and then, while the run goes on; sets removed, kept (dead, but not removable yet) of all
# together, and dead_before, dead_after, size of the last.
vacuum_busy() {
	local report
	removed=0 kept=0
	sleep 0.7
	while run_is_active; do
		dead_before=$(dead_rows)
		report=$(cluster_psql -d "$drs_db" -c 'VACUUM (VERBOSE, INDEX_CLEANUP ON) busy' 2>&1)
		[[ $report =~ tuples:\ ([0-9]+)\ removed,\ [0-9]+\ remain,\ ([0-9]+)\ are\ dead ]] || die "VACUUM says: $report"
		removed=$((removed + BASH_REMATCH[1]))
		kept=$((kept + BASH_REMATCH[2]))
		dead_after=$(dead_rows)
		sleep 0.7
	done
	size=$(sql "SELECT pg_size_pretty(pg_relation_size('busy'))")
}

dead_rows() { sql "SELECT n_dead_tup FROM pg_stat_user_tables WHERE relname = 'busy'"; }

# Share of the samples without an xmin of a run over so many rows. xmin_of NAME ROWS OPTIONS LIMIT
xmin_of() {
	local free held before after
	open_session
	fresh_target bare
	forget_counters
	add_fault "{\"fault\": \"delay\", \"ms\": $xmin_delay_ms, \"times\": -1}"
	read -ra before < <(backend_ticks)
	tell "$(call_into "SELECT * FROM t WHERE id <= $2" insert "key_columns => '{id}', options => '$3'")"
	sample_xmin
	keep_busy
	vacuum_busy
	hear
	seconds=$(calc %.1f "$ms / 1000")
	end_watchers
	read -ra after < <(backend_ticks)
	cpu=$(calc %.2f "(${after[0]} + ${after[1]} - ${before[0]} - ${before[1]}) / $ticks_per_second")
	check_run "xmin$1" "$2" "$2"
	free=$(grep -c '^free$' "$work/xmin_sampler.out" || true)
	held=$(grep -c '^held$' "$work/xmin_sampler.out" || true)
	[ $((removed + kept)) -gt 0 ] || die "VACUUM found nothing to do"
	[ $((free + held)) -ge 100 ] || die "only $((free + held)) samples: $(tail -n 3 "$work/xmin_sampler.err")"
	figure "xmin_null_share$1" "$(calc %.4f "$free / ($free + $held)")" share "$4" \
		"$free of $((free + held)) samples; a run of $seconds s with $cpu s of CPU"
	figure "xmin_vacuum_removed$1" "$(calc %.3f "$removed / ($removed + $kept + 0.000001)")" share '>= 0.99' \
		"$removed dead rows removed, $kept not yet; n_dead_tup $dead_before, then $dead_after; table of $size"
}

measure_xmin() {
	section "xmin: $xmin_delay_ms ms for each request, 4 in flight, samples every 3 ms"
	open_session
	ask 'DROP TABLE IF EXISTS busy; CREATE TABLE busy (id int PRIMARY KEY, n bigint);'
	ask 'CREATE INDEX ON busy (n); INSERT INTO busy SELECT i, 0 FROM generate_series(1, 5000) AS i;'
	ask 'VACUUM ANALYZE busy;'
	ask 'ALTER TABLE t DROP CONSTRAINT IF EXISTS t_pkey; ALTER TABLE t ADD PRIMARY KEY (id);'
	# four chunks of the default size are read, sent and written in each 2 s: that work takes its share
	xmin_of '' "$((rows < 200000 ? rows : 200000))" '{}' ''
	xmin_of _1000 "$((rows < 20000 ? rows : 20000))" '{"chunk_rows": 1000}' '>= 0.99'
	forget_counters
}
