# shellcheck shell=bash
# bench/select.sh: what scoring in a SELECT costs. Sourced by bench/run.
# shellcheck disable=SC2154 # variables of those who source and are sourced

delay_ms=200

# ---------------------------------------------------------------- the statements

# All rows come out of the scan and are counted in the backend: no client's time is in the figures.
# copy_of|window|score_as TABLE [OPTIONS]
sql_copy() { printf "COPY (SELECT * FROM %s) TO '/dev/null' CSV;" "$1"; }

sql_window() {
	printf "SELECT count(*), round(sum(p)::numeric, 3) "
	printf "FROM (SELECT datarobot.predict(s, '%s', '%s') OVER () AS p FROM %s AS s) AS q;" \
		"$synthetic" "${2:-"{}"}" "$1"
}

sql_score_as() {
	printf "SELECT count(*), round(sum(prediction)::numeric, 3) "
	printf "FROM datarobot.score_as(NULL::answer, '%s', 'SELECT * FROM %s AS s', options => '%s');" \
		"$synthetic" "$1" "${2:-"{}"}"
}

# The same until the last prediction is there: the result is complete before its first row is read.
sql_score_as_first() {
	printf "SELECT 1 FROM datarobot.score_as(NULL::answer, '%s', 'SELECT * FROM %s AS s', options => '%s') LIMIT 1;" \
		"$synthetic" "$1" "${2:-"{}"}"
}

# Every row scored, and scored right: the sum does not depend on the way.
expected=''
check_scored() {
	[ "${scored[0]%%|*}" = "$1" ] || die "${scored[0]%%|*} rows came back instead of $1"
	expected=${expected:-${scored[0]}}
	[ "${scored[0]}" = "$expected" ] || die "two ways of scoring the same rows differ: $expected and ${scored[0]}"
}

# ---------------------------------------------------------------- the stand-in's ceiling

upload() { # BYTES: rows per second with bodies of that size
	as_user "$work/src/test/server/build/uploader" "$STANDIN_URL/deployments/$synthetic/predictions" \
		"$STANDIN_TOKEN" "$STANDIN_KEY" "$work/t.csv" "$1" 4 | sed 's/.* \([0-9]*\) rows\/s.*/\1/'
}

measure_ceiling() {
	local size speeds i
	section "the stand-in alone: bare uploader, 4 in flight (rows/s)"
	cluster_psql -d "$drs_db" -c "COPY t TO '$work/t.csv' (FORMAT csv, HEADER)"
	for size in 5 1; do
		speeds=()
		for i in 1 2 3 4 5; do speeds+=("$(upload $((size * 1000000)))"); done
		figure "standin_ceiling_${size}mb" "$(of_sorted median "${speeds[@]}")" rows/s '' \
			"$(spread %.0f "${speeds[@]}")"
	done
}

# ---------------------------------------------------------------- throughput

# One round: each way in turn, so that all meet the same mood of the machine. Appends to the arrays below.
declare -A took cpu sys ratio cpu_ratio sent_requests sent_bytes opened spilled
ceiling_ratio=()

# run_round ROUND WAY...; a round that is called warm-up is not counted
# shellcheck disable=SC2086 # best may be empty
run_round() {
	local way copy_seconds copy_cpu best='' ceiling
	ceiling=$(upload 5000000)
	for way in "${@:2}"; do
		measure "$("sql_$way" t)"
		[ "$way" = copy ] || check_scored "$rows"
		if [ "$way" = copy ]; then
			copy_seconds=$seconds
			copy_cpu=$(calc %.2f "$user_cpu + $system_cpu + 0.001")
		fi
		[ "$1" != warm-up ] || continue
		took[$way]+=" $seconds"
		cpu[$way]+=" $user_cpu"
		sys[$way]+=" $system_cpu"
		ratio[$way]+=" $(calc %.3f "$seconds / $copy_seconds")"
		cpu_ratio[$way]+=" $(calc %.3f "($user_cpu + $system_cpu) / $copy_cpu")"
		sent_requests[$way]+=" $requests"
		sent_bytes[$way]+=" $bytes"
		opened[$way]+=" $connections"
		spilled[$way]+=" $temp_mb"
		[ "$way" = copy ] || best=$(of_sorted min $best "$seconds")
	done
	[ "$1" = warm-up ] || ceiling_ratio+=("$(calc %.2f "$ceiling / ($rows / $best)")")
}

# shellcheck disable=SC2086 # lists in words
report_way() {
	local way=$1 prefix=$2
	list_figure "${prefix}_seconds" %.3f s '' ${took[$way]}
	figure "${prefix}_rows_per_second" "$(calc %.0f "$rows / $(of_sorted median ${took[$way]})")" rows/s
	list_figure "${prefix}_user_cpu" %.2f s '' ${cpu[$way]}
	list_figure "${prefix}_system_cpu" %.2f s '' ${sys[$way]}
	[ "$way" != copy ] || return 0
	list_figure "${prefix}_cpu_ratio" %.2f ratio '' ${cpu_ratio[$way]}
	list_figure "${prefix}_requests" %.0f requests '' ${sent_requests[$way]}
	list_figure "${prefix}_bytes" %.0f bytes '' ${sent_bytes[$way]}
	list_figure "${prefix}_connections" %.0f opened '' ${opened[$way]}
	list_figure "${prefix}_temp_mb" %.0f MB '' ${spilled[$way]}
}

# shellcheck disable=SC2086 # lists in words
measure_throughput() {
	local i
	section "throughput: $rows rows, 4 in flight, $rounds rounds (median, min to max)"
	open_session
	for i in warm-up $(seq "$rounds"); do run_round "$i" copy window score_as; done
	report_way copy copy
	report_way window select_window
	report_way score_as select_score_as
	list_figure select_window_ratio %.2f ratio '<= 1.5' ${ratio[window]}
	list_figure select_score_as_ratio %.2f ratio '<= 1.5' ${ratio[score_as]}
	list_figure standin_ceiling_ratio %.1f ratio '>= 3' "${ceiling_ratio[@]}"
	rm -f "$work/t.csv"
}

# ---------------------------------------------------------------- memory

# peaks NAME TIMES LIMIT SQL [FAULT]: the highest of so many runs
peaks() {
	local name=$1 times=$2 limit=$3 list=() i
	for ((i = 0; i < times; i++)); do
		peak_of "$4" "${5:-}"
		list+=("$peak")
	done
	figure "$name" "$(of_sorted max "${list[@]}")" MiB "$limit" "highest of $times"
}

measure_memory() {
	local delay="{\"fault\": \"delay\", \"ms\": $delay_ms, \"times\": -1}"
	section "peak private memory of the backend above its start (1m: $rows rows, 10m: $rows10)"
	peaks peak_mib_1m 3 '<= 64' "$(sql_window t)"
	peaks peak_mib_1m_score_as 3 '' "$(sql_score_as t)"
	peaks "peak_mib_1m_delayed" 1 '<= 64' "$(sql_window t)" "$delay"
	peaks peak_mib_10m 1 '<= 64' "$(sql_window t10)"
	figure select_window_10m_rows_per_second "$(calc %.0f "$rows10 / $seconds")" rows/s
	peaks peak_mib_10m_score_as 1 '' "$(sql_score_as t10)"
	figure select_score_as_10m_rows_per_second "$(calc %.0f "$rows10 / $seconds")" rows/s
}

# ---------------------------------------------------------------- latency

# With a delay for every request and 8 in flight, at most 8 chunks come back per delay. What share of that do
# we reach once under way? The same is run with a few chunks and with many more: the difference is what the
# additional ones took, without the start and the end, when fewer than 8 are in flight. latency_share ends when
# the last prediction is there, latency_share_read when the statement has read them all back.
flight=8
few=80
many=480

# latency_of WAY NAME LIMIT CHUNK_ROWS TIMES [LIMIT_OF_TEMPORARY_FILES]
latency_of() {
	local way=$1 shares=() i n took_few=''
	local chunk=$((rows10 / many < $4 ? rows10 / many : $4))
	for ((i = 0; i < $5; i++)); do
		for n in $few $many; do
			expected=''
			measure "$("sql_$way" "(SELECT * FROM t10 LIMIT $((chunk * n)))" \
				"{\"concurrency\": $flight, \"chunk_rows\": $chunk}")" \
				"{\"fault\": \"delay\", \"ms\": $delay_ms, \"times\": -1}"
			[ "$(counter rows)" = $((chunk * n)) ] || die "$(counter rows) rows were scored instead of $((chunk * n))"
			[ "$way" = score_as_first ] || check_scored $((chunk * n))
			[ "$n" != $few ] || took_few=$seconds
		done
		shares+=("$(calc %.4f "($many - $few) / $flight * $delay_ms / 1000 / ($seconds - $took_few)")")
	done
	list_figure "$2" %.3f share "$3" "${shares[@]}"
	figure "$2_requests" "$requests" requests '' "for $many chunks of $chunk rows"
	figure "$2_cpu" "$(calc %.2f "($user_cpu + $system_cpu) / $seconds")" share '' 'of one core, the last run'
	figure "$2_temp_mb" "$temp_mb" MB "${6:-}"
}

# What libcurl alone makes of the same delay, with bodies that are ready: start and end are included here.
latency_of_uploader() {
	local line
	cluster_psql -d "$drs_db" -c "COPY t TO '$work/t.csv' (FORMAT csv, HEADER)"
	add_fault "{\"fault\": \"delay\", \"ms\": $delay_ms, \"times\": -1}"
	line=$(as_user "$work/src/test/server/build/uploader" "$STANDIN_URL/deployments/$synthetic/predictions" \
		"$STANDIN_TOKEN" "$STANDIN_KEY" "$work/t.csv" $((rows * 280 / 100)) $flight)
	forget_counters
	rm -f "$work/t.csv"
	figure latency_share_uploader "$(sed -E "s/([0-9.]+) seconds.* ([0-9]+) requests.*/\2 \1/" <<<"$line" |
		awk -v ms=$delay_ms -v n=$flight '{ printf "%.3f", $1 / n * ms / 1000 / $2 }')" share '' "bare libcurl: $line"
}

# The window functions keep the rows ahead in a tuplestore: once with room for those of the chunks in flight,
# once with the default work_mem. Small chunks show the pipeline alone, on a machine with something else to do.
measure_latency() {
	section "latency: $delay_ms ms for each request, $flight in flight"
	latency_of_uploader
	open_session
	latency_of score_as_first latency_share '>= 0.95' 10000 3
	latency_of score_as_first latency_share_small '>= 0.95' 1000 1
	latency_of score_as latency_share_read '' 10000 1
	ask "SET work_mem = '64MB';"
	latency_of window latency_share_window '' 10000 1
	ask 'RESET work_mem;'
	latency_of window latency_share_window_4mb '' 10000 1
	expected=''
	forget_counters
}

# ---------------------------------------------------------------- LIMIT

# limit_of NAME SQL: figures of a statement that asks for ten rows
limit_of() {
	local i times=() counts=()
	open_session
	for i in first 1 2 3 4 5 6 7 8 9; do
		forget_counters
		ask "$2"
		[ ${#answer[@]} = 10 ] || die "${#answer[@]} rows instead of 10"
		read_counters
		counts+=("$(counter requests)")
		if [ "$i" = first ]; then
			figure "$1_first_ms" "$(calc %.1f "$ms")" ms '' "a session's first, with connecting"
		else
			times+=("$ms")
		fi
	done
	figure "$1_requests" "$(of_sorted max "${counts[@]}")" requests '<= 2'
	figure "$1_ms" "$(calc %.1f "$(of_sorted min "${times[@]}")")" ms '< 100' "best; $(spread %.1f "${times[@]}")"
}

measure_limit() {
	section "SELECT id, predict(...) OVER () FROM t10 LIMIT 10"
	limit_of limit10 "SELECT id, datarobot.predict(s, '$synthetic') OVER () FROM t10 AS s LIMIT 10;"
}

# ---------------------------------------------------------------- cancel

# A statement is cancelled when PHASE has been reached; sets cancel_ms, from the signal to the end of the
# statement as a client sees it.
cancel_in() {
	local fault=$1 condition=$2 sql=$3 i start end
	forget_counters
	[ -z "$fault" ] || add_fault "$fault"
	tell "$sql"
	for ((i = 0; i < 500; i++)); do
		! $condition || break
		sleep 0.02
	done
	[ "$i" -lt 500 ] || die "a statement to cancel did not get where it should: $condition"
	sleep 0.1 # from the server's view to the depth of the phase
	start=${EPOCHREALTIME/[.,]/}
	kill -INT "$backend"
	hear
	end=${EPOCHREALTIME/[.,]/}
	# shellcheck disable=SC2016 # psql's variable
	ask '\echo :LAST_ERROR_SQLSTATE'
	[ "${answer[0]}" = 57014 ] || die "not cancelled: SQLSTATE ${answer[0]}"
	cancel_ms=$(calc %.1f "($end - $start) / 1000")
}

requested() {
	read_counters
	[ "$(counter requests)" -ge 1 ]
}
at_once() { true; }

cancel_phase() { # NAME FAULT CONDITION SQL: the slowest of five
	local list=() i
	for i in 1 2 3 4 5; do
		cancel_in "$2" "$3" "$4"
		list+=("$cancel_ms")
	done
	figure "cancel_ms_$1" "$(of_sorted max "${list[@]}")" ms '' "slowest of 5; $(spread %.1f "${list[@]}")"
	cancel_all+=("${list[@]}")
}

measure_cancel() {
	local port sql
	section "cancel: from the signal to the end of the statement"
	close_session # so that the helper does not hold its end of the pipe
	exec {hole_from}< <(exec "$root/bench/blackhole")
	helpers+=("$!")
	read -r port <&"$hole_from"
	cluster_psql -d "$drs_db" -c "CREATE SERVER hole FOREIGN DATA WRAPPER datarobot_scoring
			OPTIONS (prediction_url 'http://127.0.0.1:$port/predApi/v1.0', allow_http 'true')" \
		-c "CREATE USER MAPPING FOR PUBLIC SERVER hole OPTIONS (api_token 'x')"
	open_session
	ask '\set ON_ERROR_STOP 0'
	cancel_all=()
	# bodies larger than what the sockets' buffers take
	sql=$(sql_score_as t '{"chunk_size": "40MB", "chunk_rows": 1000000}')
	cancel_phase connect '' at_once "$(sql_score_as t '{"server": "hole"}')"
	cancel_phase send '{"fault": "stall_read", "times": -1}' requested "$sql"
	cancel_phase wait '{"fault": "hang", "times": -1}' requested "$(sql_score_as t)"
	cancel_phase receive '{"fault": "drip", "times": -1}' requested "$(sql_score_as t)"
	cancel_phase backoff '{"fault": "status", "status": 503, "retry_after": 60, "times": -1}' requested \
		"$(sql_score_as t)"
	cancel_phase scoring '' requested "$(sql_score_as t10)"
	cancel_phase window '' requested "$(sql_window t10)"
	forget_counters
	kill "${helpers[@]}"
	exec {hole_from}<&-
	helpers=()
	figure cancel_ms_max "$(of_sorted max "${cancel_all[@]}")" ms '<= 200'
}

measure_select() {
	measure_ceiling
	measure_throughput
	measure_memory
	measure_latency
	measure_limit
	measure_cancel
}
