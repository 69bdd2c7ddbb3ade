# shellcheck shell=bash
# bench/measure.sh: what a statement takes: time, CPU, requests, WAL, memory. Sourced after bench/session.sh.
# shellcheck disable=SC2034,SC2154 # variables of those who source and are sourced

ticks_per_second=$(getconf CLK_TCK)

wal_position() {
	ask "SELECT pg_current_wal_insert_lsn() - '0/0';"
	wal_at=${answer[0]}
}

# Run a statement in the session; sets seconds, user_cpu, system_cpu, requests, bytes, connections, temp_mb, wal_bytes.
measure() {
	local before after temp wal
	forget_counters
	[ -z "${2:-}" ] || add_fault "$2"
	ask "SELECT temp_bytes FROM pg_stat_database WHERE datname = current_database();"
	temp=${answer[0]}
	wal_position
	wal=$wal_at
	read -ra before < <(backend_ticks)
	ask "$1"
	read -ra after < <(backend_ticks)
	seconds=$(calc %.4f "$ms / 1000")
	user_cpu=$(calc %.2f "(${after[0]} - ${before[0]}) / $ticks_per_second")
	system_cpu=$(calc %.2f "(${after[1]} - ${before[1]}) / $ticks_per_second")
	scored=("${answer[@]}")
	wal_position
	wal_bytes=$((wal_at - wal))
	read_counters
	requests=$(counter requests)
	bytes=$(counter bytes)
	connections=$(connections_opened)
	ask 'SELECT pg_stat_force_next_flush();'
	ask "SELECT (temp_bytes - $temp) / 1000000 FROM pg_stat_database WHERE datname = current_database();"
	temp_mb=${answer[0]}
}

# Peak of one statement in a fresh session, in MiB, above the session's memory at its start; sets peak, seconds.
# peak_of SQL [FAULT [workers]]
peak_of() {
	local pid line
	open_session
	forget_counters
	[ -z "${2:-}" ] || add_fault "$2"
	exec {peak_from}< <(exec "$root/bench/peak" "$backend" ${3:+"$3"})
	pid=$!
	helpers+=("$pid")
	read -r line <&"$peak_from" # ready
	ask "$1"
	seconds=$(calc %.4f "$ms / 1000")
	scored=("${answer[@]}")
	kill "$pid"
	read -r line <&"$peak_from"
	exec {peak_from}<&-
	wait "$pid" 2>/dev/null || true
	unset 'helpers[-1]'
	peak=$(calc %.1f "$line / 1024")
}
