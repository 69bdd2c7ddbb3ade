# shellcheck shell=bash
# bench/into.sh: what writing scores costs, beside what people do by hand and beside plain SQL. Sourced by bench/run.
# shellcheck disable=SC2154 # variables of those who source and are sourced

# ---------------------------------------------------------------- the calls and their twins

# call_into SOURCE STATEMENT_TYPE [ARGUMENTS]: into pred(id, p), sliced by the key unless ARGUMENTS say otherwise
call_into() {
	local arguments=${3:-}
	[ -n "$arguments" ] || arguments="key_columns => '{id}'"
	printf "CALL datarobot.score_into('%s', '%s', 'pred', statement_type => '%s', " "$synthetic" "$1" "$2"
	printf "column_names_remapping => '%s', %s);" '{"prediction": "p"}' "$arguments"
}

# What each case runs. The plain ones do the same from a table of predictions that is already there.
all_columns='f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, name, region, code, amount, quantity, happened'
declare -A into_sql=(
	[copy]="COPY (SELECT * FROM t) TO '/dev/null' CSV;"
	[plain]='INSERT INTO pred SELECT id, p FROM known;'
	[plain_key]='INSERT INTO pred SELECT id, p FROM known;'
	[plain_update]='UPDATE pred SET p = known.p FROM known WHERE known.id = pred.id;'
	[plain_upsert]='INSERT INTO pred SELECT id, p FROM known ON CONFLICT (id) DO UPDATE SET p = excluded.p;'
	[insert]=$(call_into 'SELECT * FROM t' insert)
	[insert_whole]=$(call_into 'SELECT * FROM t' insert "passthrough_columns => '{id}'")
	[insert_sorted]=$(call_into "SELECT id + 0 AS id, $all_columns FROM t" insert)
	[insert_workers2]=$(call_into 'SELECT * FROM t' insert "key_columns => '{id}', workers => 2")
	[update]=$(call_into 'SELECT * FROM t' update)
	[upsert]=$(call_into 'SELECT * FROM t' upsert)
)
into_sql[plain_upsert_full]=${into_sql[plain_upsert]}
into_sql[insert_key]=${into_sql[insert]}
into_sql[upsert_full]=${into_sql[upsert]}
for name in insert update upsert; do into_sql[${name}_arrays]=${into_sql[$name]}; done # where Citus is

# The cases of a round, in this order: name, the target it finds, and whether the id is among what is sent.
into_cases='
	copy              none  -
	shell             bare  by_hand
	python            bare  by_hand
	plain             bare  without_id
	insert            bare  without_id
	insert_arrays     bare  without_id
	insert_whole      bare  with_id
	insert_sorted     bare  without_id
	insert_workers2   bare  without_id
	plain_key         keyed without_id
	insert_key        keyed without_id
	plain_update      full  without_id
	update            full  without_id
	update_arrays     full  without_id
	plain_upsert      keyed without_id
	upsert            keyed without_id
	upsert_arrays     keyed without_id
	plain_upsert_full full  without_id
	upsert_full       full  without_id'

# The target as a case finds it. A checkpoint, so that each case pays for its own full-page images.
fresh_target() {
	ask 'DROP TABLE IF EXISTS pred; CREATE TABLE pred (id bigint, p float8);'
	[ "$1" != full ] || ask 'INSERT INTO pred SELECT id, -1 FROM known;'
	[ "$1" = bare ] || ask 'ALTER TABLE pred ADD PRIMARY KEY (id);'
	ask 'VACUUM (FREEZE, ANALYZE) pred;'
	ask 'CHECKPOINT;'
}

# ---------------------------------------------------------------- is it right

# The prediction is a hash of what is sent, so it says whether each row got its own. COPY writes some values in
# another way than we do (the offset of a time), so what is made by hand is compared with each other only.
declare -A into_expected
sum_of='count(*), count(DISTINCT id), sum(p::numeric * id)'

expect_scores() {
	ask 'DROP TABLE IF EXISTS known; CREATE UNLOGGED TABLE known (id bigint, p float8);'
	ask "INSERT INTO known SELECT id, prediction
		FROM datarobot.score_as(NULL::answer_of, '$synthetic', 'SELECT * FROM t', passthrough_columns => '{id}');"
	ask "SELECT $sum_of FROM known;"
	into_expected[with_id]=${answer[0]}
	ask "TRUNCATE known; INSERT INTO known SELECT id, prediction FROM datarobot.score_as(NULL::answer_of, '$synthetic',
		'SELECT * FROM t', key_columns => '{id}');"
	ask 'VACUUM (FREEZE, ANALYZE) known;'
	ask "SELECT $sum_of FROM known;"
	into_expected[without_id]=${answer[0]}
}

# check_target CASE SENT
check_target() {
	ask "SELECT $sum_of FROM pred;"
	[ "$2" != by_hand ] || into_expected[by_hand]=${into_expected[by_hand]:-${answer[0]}}
	[[ ${answer[0]} = "${into_expected[$2]}" && ${answer[0]%|*} = "$rows|$rows" ]] ||
		die "$1: the target holds ${answer[0]} (count, ids, sum) instead of ${into_expected[$2]}"
}

# Does the ledger say that the session's last run read and wrote so many rows, and rejected the others?
# check_run CASE ROWS WRITTEN
check_run() {
	ask 'SELECT state, rows_read, rows_written, rows_rejected FROM datarobot.run WHERE run_id = datarobot.last_run();'
	[ "${answer[0]}" = "completed|$2|$3|$(($2 - $3))" ] ||
		die "$1: the ledger says ${answer[0]} instead of completed|$2|$3|$(($2 - $3))"
}

# ---------------------------------------------------------------- rounds

# Run a pipeline made by hand; sets seconds (its own figure, so that starting Python is not counted), wal_bytes.
run_by_hand() { # shell|python
	local file=pipeline.sh wal
	[ "$1" = shell ] || file=pipeline.py
	forget_counters
	wal_position
	wal=$wal_at
	seconds=$(as_user env PGHOST=127.0.0.1 PGPORT="$pgport" PGUSER="$drs_super" PGDATABASE="$drs_db" TMPDIR="$work" \
		URL="$STANDIN_URL/deployments/$synthetic/predictions" TOKEN="$STANDIN_TOKEN" KEY="$STANDIN_KEY" \
		"$work/src/bench/$file" 'SELECT * FROM t' pred) || die "bench/$file failed"
	wal_position
	wal_bytes=$((wal_at - wal))
}

# One case; sets seconds, wal_bytes.
run_case() { # NAME TARGET SENT
	[ "$2" = none ] || fresh_target "$2"
	case $1 in
	shell | python) run_by_hand "$1" ;;
	*_arrays)
		ask 'SET datarobot.rows_as_arrays = on;'
		measure "${into_sql[$1]}"
		ask 'RESET datarobot.rows_as_arrays;'
		;;
	*) measure "${into_sql[$1]}" ;;
	esac
	case $1 in copy | shell | python | plain*) ;; *) check_run "$1" "$rows" "$rows" ;; esac
	[ "$2" = none ] || check_target "$1" "$3"
}

declare -A into_took into_wal into_ratio

# ratio_of NAME CASE DENOMINATOR: of what they took in this round
ratio_of() { into_ratio[$1]+=" $(calc %.3f "${now[$2]} / ${now[$3]}")"; }

into_round() {
	local name target sent
	local -A now=()
	while read -r name target sent; do
		[ -n "$name" ] || continue
		run_case "$name" "$target" "$sent"
		now[$name]=$seconds
		now[${name}_cpu]=$(calc %.2f "$user_cpu + $system_cpu + 0.001")
		into_took[$name]+=" $seconds"
		into_wal[$name]=$wal_bytes
	done <<<"$into_cases"
	ratio_of insert_vs_copy insert copy
	ratio_of insert_vs_shell insert shell
	ratio_of insert_vs_python insert python
	ratio_of workers2_vs_python insert_workers2 python
	ratio_of insert_cpu_vs_copy insert_cpu copy_cpu
	ratio_of insert_whole_vs_copy insert_whole copy
	ratio_of insert_sorted_vs_copy insert_sorted copy
	ratio_of shell_vs_copy shell copy
	ratio_of python_vs_copy python copy
	ratio_of insert_key_ratio insert_key plain_key
	ratio_of update_ratio update plain_update
	ratio_of upsert_ratio upsert plain_upsert
	ratio_of upsert_full_ratio upsert_full plain_upsert_full
	for name in insert update upsert; do ratio_of "${name}_arrays_ratio" "${name}_arrays" "$name"; done
	for name in key update upsert upsert_full; do
		now[both]=$(calc %.4f "${now[copy]} + ${now[plain_$name]}")
		ratio_of "${name}_vs_copy_and_plain" "${name/#key/insert_key}" both
	done
}

# shellcheck disable=SC2086 # lists in words
report_cases() {
	local name rest
	while read -r name rest; do
		[ -n "$name" ] || continue
		list_figure "into_${name}_seconds" %.3f s '' ${into_took[$name]}
		[ "$name" != copy ] || continue
		figure "into_${name}_rows_per_second" "$(calc %.0f "$rows / $(of_sorted median ${into_took[$name]})")" rows/s
		figure "into_${name}_wal_bytes" "${into_wal[$name]}" bytes '' \
			"$(calc %.1f "${into_wal[$name]} / $rows") a row"
	done <<<"$into_cases"
}

# shellcheck disable=SC2086 # lists in words
report_into_ratios() {
	local name
	for name in shell_vs_copy python_vs_copy; do list_figure into_by_hand_$name %.2f ratio '' ${into_ratio[$name]}; done
	list_figure into_insert_vs_copy %.2f ratio '<= 1.5' ${into_ratio[insert_vs_copy]}
	list_figure into_insert_vs_shell %.2f ratio '<= 0.65' ${into_ratio[insert_vs_shell]}
	list_figure into_insert_vs_python %.2f ratio '<= 1.1' ${into_ratio[insert_vs_python]}
	list_figure into_workers2_vs_python %.2f ratio '<= 0.8' ${into_ratio[workers2_vs_python]}
	for name in {insert,update,upsert}_arrays_ratio; do
		list_figure into_$name %.2f ratio '<= 1.25' ${into_ratio[$name]}
	done
	for name in insert_cpu_vs_copy insert_whole_vs_copy insert_sorted_vs_copy insert_key_ratio update_ratio \
		upsert_ratio upsert_full_ratio {key,update,upsert,upsert_full}_vs_copy_and_plain; do
		list_figure into_$name %.2f ratio '' ${into_ratio[$name]}
	done
}

# ---------------------------------------------------------------- memory

# peak_of_case NAME TARGET: private memory of the backend above its start, and of its workers
peak_of_case() {
	open_session
	fresh_target "$2"
	peak_of "${into_sql[$1]}" '' workers
	figure "into_peak_mib_$1" "$peak" MiB '<= 64'
}

measure_into_memory() {
	peak_of_case insert bare
	peak_of_case insert_whole bare
	peak_of_case insert_sorted bare
	peak_of_case insert_workers2 bare
	peak_of_case update full
	peak_of_case upsert_full full
}

prepare_into() {
	open_session
	ask 'DROP TYPE IF EXISTS answer_of; CREATE TYPE answer_of AS (id bigint, prediction float8);'
	ask 'ALTER TABLE t DROP CONSTRAINT IF EXISTS t_pkey; ALTER TABLE t ADD PRIMARY KEY (id);'
	ask 'VACUUM (FREEZE, ANALYZE) t;'
	expect_scores
}

measure_into() {
	local i
	section "writing: $rows rows, 4 in flight, $rounds rounds (median, min to max)"
	prepare_into
	into_round # to warm up
	into_took=() into_ratio=()
	for ((i = 0; i < rounds; i++)); do into_round; done
	report_cases
	report_into_ratios
	measure_into_memory
}

# ---------------------------------------------------------------- ten times as many

# Seconds that each tenth of the rows took, by when its slices were committed: one line per tenth.
tenths() {
	ask "WITH run AS (SELECT r.run_id, r.started_at FROM datarobot.run AS r WHERE run_id = datarobot.last_run()),
		slice AS (
			SELECT s.committed_at, sum(s.rows_written) OVER (ORDER BY s.part, s.slice) AS so_far
			FROM datarobot.run_slice AS s JOIN run USING (run_id)),
		tenth AS (
			SELECT k, (SELECT min(committed_at) FROM slice WHERE so_far >= k * $rows) AS done
			FROM generate_series(1, 10) AS k)
		SELECT round(extract(epoch FROM
			done - coalesce(lag(done) OVER (ORDER BY k), (SELECT started_at FROM run)))::numeric, 3)
		FROM tenth ORDER BY k;"
}

measure_into10() {
	section "writing $rows10 rows"
	open_session
	ask 'ALTER TABLE t10 DROP CONSTRAINT IF EXISTS t10_pkey; ALTER TABLE t10 ADD PRIMARY KEY (id);'
	ask 'VACUUM (FREEZE, ANALYZE) t10;'
	fresh_target bare
	peak_of "$(call_into 'SELECT * FROM t10' insert)" '' workers
	check_run into10 "$rows10" "$rows10"
	figure into_peak_mib_10m "$peak" MiB '<= 64'
	figure into_10m_rows_per_second "$(calc %.0f "$rows10 / $seconds")" rows/s
	ask 'SELECT count(*), count(DISTINCT id), min(id), max(id) FROM pred;'
	[ "${answer[0]}" = "$rows10|$rows10|1|$rows10" ] ||
		die "into10: the target contains ${answer[0]} (count, ids, first, last)"
	tenths
	figure into_linearity "$(calc %.3f "$(of_sorted median "${answer[@]:1}") / ${answer[0]}")" ratio '<= 1.05' \
		"median of the 2nd to the 10th million over the first; seconds of each: ${answer[*]}"
	ask 'TRUNCATE pred;'
}
