# shellcheck shell=bash
# bench/session.sh: one psql session that takes statements one by one, and the stand-in's counters. Sourced
# after script/lib.sh.
# shellcheck disable=SC2034,SC2154 # variables of those who source and are sourced

backend='' # process id of the session's backend
answer=()  # lines of the last answer
ms=''      # what its last statement took

# A fresh session, in place of the one there was.
open_session() {
	close_session
	coproc SESSION { cluster_psql -d "$drs_db" -At 2>>"$work/bench.err"; }
	# shellcheck disable=SC2153 # set by coproc
	session_pid=$SESSION_PID
	exec {session_from}<&"${SESSION[0]}" {session_to}>&"${SESSION[1]}"
	eval "exec ${SESSION[0]}<&- ${SESSION[1]}>&-"
	ask 'SELECT pg_backend_pid();'
	backend=${answer[0]}
	ask 'SET client_min_messages = warning;'
	ask '\timing on'
}
session_pid=''

close_session() {
	[ -n "$session_pid" ] || return 0
	exec {session_to}>&- {session_from}<&-
	wait "$session_pid" 2>/dev/null || true
	session_pid=''
}

# Start statements; hear waits for their end.
tell() { printf '%s\n\\echo <<done>>\n' "$1" >&"$session_to"; }

hear() {
	local line
	answer=()
	ms=''
	while IFS= read -r line <&"$session_from"; do
		case $line in
		'<<done>>') return 0 ;;
		'Time: '*)
			ms=${line#Time: }
			ms=${ms%% *}
			;;
		*) answer+=("$line") ;;
		esac
	done
	tail -n 20 "$work/bench.err" >&2
	die "the session ended"
}

ask() {
	tell "$1"
	hear
}

# User and system time of the backend so far, in clock ticks.
backend_ticks() {
	local stat
	stat=$(<"/proc/$backend/stat")
	# shellcheck disable=SC2086 # in words; the name in front, in parentheses, may hold blanks
	set -- ${stat##*) }
	printf '%s %s\n' "${12}" "${13}"
}

# ---------------------------------------------------------------- the stand-in

counters=''    # as read last
control_calls=0 # connections of our own since the counters were reset

control() {
	curl -sS --fail --max-time 10 -o /dev/null "$STANDIN_CONTROL/$1" "${@:2}"
	control_calls=$((control_calls + 1))
}

forget_counters() {
	control reset -X POST
	control_calls=0
}

add_fault() { control faults -d "$1"; }

read_counters() {
	counters=$(curl -sS --fail --max-time 10 "$STANDIN_CONTROL/counters")
	control_calls=$((control_calls + 1))
}

# counter NAME: requests, rows, bytes, in_flight of the synthetic deployment, as read last
counter() {
	local json=${counters#*"\"$synthetic\":"}
	json=${json#*"\"$1\":"}
	printf '%s\n' "${json%%[^0-9]*}"
}

# Connections that others than ourselves opened.
connections_opened() {
	local json=${counters#*'"connections":'}
	printf '%s\n' $((${json%%[^0-9]*} - control_calls))
}
