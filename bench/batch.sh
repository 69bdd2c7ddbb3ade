# shellcheck shell=bash
# bench/batch.sh: writing scores by jobs of the Batch Prediction API, beside real-time requests. Sourced by bench/run,
# after bench/into.sh.
# shellcheck disable=SC2154 # variables of those who source and are sourced

# call_batch SOURCE [MORE OPTIONS]: call_into by jobs
call_batch() {
	call_into "$1" insert "key_columns => '{id}', options => '{\"method\": \"batch\"${2:+, $2}}'"
}

# batch_case NAME SQL: sets seconds
batch_case() {
	fresh_target bare
	measure "$2"
	check_run "$1" "$rows" "$rows"
	ask 'SELECT count(*), count(DISTINCT id), count(p) FROM pred;'
	[ "${answer[0]}" = "$rows|$rows|$rows" ] ||
		die "$1: the target contains ${answer[0]} (count, ids, predictions)"
}

batch_rounds() {
	local i
	for ((i = 0; i < $1; i++)); do
		batch_case batch "$(call_batch 'SELECT * FROM t')"
		batch_took+=("$seconds")
		batch_case batch_stream "$(call_batch 'SELECT * FROM t' '"batch_upload": "stream"')"
		stream_took+=("$seconds")
		batch_case realtime "${into_sql[insert]}"
		realtime_took+=("$seconds")
	done
}

measure_batch_times() {
	local -a batch_took=() stream_took=() realtime_took=() ratios=() stream_ratios=()
	local i
	batch_rounds 1 # to warm up
	batch_took=() stream_took=() realtime_took=()
	batch_rounds "$rounds"
	for i in "${!batch_took[@]}"; do
		ratios+=("$(calc %.3f "${batch_took[i]} / ${realtime_took[i]}")")
		stream_ratios+=("$(calc %.3f "${stream_took[i]} / ${realtime_took[i]}")")
	done
	list_figure batch_seconds %.3f s '' "${batch_took[@]}"
	list_figure batch_stream_seconds %.3f s '' "${stream_took[@]}"
	list_figure batch_realtime_seconds %.3f s '' "${realtime_took[@]}"
	list_figure batch_vs_realtime %.2f ratio '<= 1.6' "${ratios[@]}"
	list_figure batch_stream_vs_realtime %.2f ratio '<= 1.6' "${stream_ratios[@]}"
}

# batch_counter NAME: of those of batch jobs, as read last
batch_counter() {
	local json=${counters#*'"batch":'}
	json=${json#*"\"$1\":"}
	printf '%s\n' "${json%%[^0-9]*}"
}

# How much of the input had been sent when the first row was seen in the table.
measure_batch_overlap() {
	local sent
	fresh_target bare
	forget_counters
	tell "$(call_batch 'SELECT * FROM t' '"batch_upload": "stream"')"
	while [ "$(sql 'SELECT count(*) FROM (SELECT FROM pred LIMIT 1) AS x')" = 0 ]; do :; done
	read_counters
	sent=$(batch_counter upload_bytes)
	hear
	read_counters
	figure batch_overlap "$(calc %.3f "$sent / $(batch_counter upload_bytes)")" ratio '<= 0.333' \
		'share of the input that was sent when the first row was written'
}

measure_batch10() {
	fresh_target bare
	peak_of "$(call_batch 'SELECT * FROM t10')"
	check_run batch10 "$rows10" "$rows10"
	figure batch_peak_mib_10m "$peak" MiB '<= 64'
	figure batch_10m_rows_per_second "$(calc %.0f "$rows10 / $seconds")" rows/s
	ask 'SELECT count(*), count(DISTINCT id), min(id), max(id) FROM pred;'
	[ "${answer[0]}" = "$rows10|$rows10|1|$rows10" ] ||
		die "batch10: the target contains ${answer[0]} (count, ids, first, last)"
	tenths
	figure batch_linearity "$(calc %.3f "$(of_sorted median "${answer[@]:1}") / ${answer[0]}")" ratio '<= 1.05' \
		"median of the 2nd to the 10th million over the first; seconds of each: ${answer[*]}"
	ask 'TRUNCATE pred;'
}

measure_batch() {
	section "writing by batch jobs: $rows rows, $rounds rounds (median, min to max); $rows10 rows"
	open_session
	ask 'ALTER TABLE t DROP CONSTRAINT IF EXISTS t_pkey; ALTER TABLE t ADD PRIMARY KEY (id);'
	ask 'ALTER TABLE t10 DROP CONSTRAINT IF EXISTS t10_pkey; ALTER TABLE t10 ADD PRIMARY KEY (id);'
	ask 'VACUUM (FREEZE, ANALYZE) t, t10;'
	measure_batch_times
	measure_batch_overlap
	measure_batch10
}
