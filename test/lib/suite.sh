# shellcheck shell=bash
# shellcheck disable=SC2154 # root, work, user and the like are of script/lib.sh
# test/lib/suite.sh: the kinds of test, and what is counted of them, for test/run and test/mutate.
# Sourced after script/lib.sh, never run. Everything happens in work, which is gone at the end.

passed=0
failed=0
failures=()
skipped=()
out='' # the output of the command that run_logged ran last

# ---------------------------------------------------------------- the end, however it comes

# Processes that this run started and that still live: servers of ours in work, and our own children.
left_over() {
	local dir pid exe session=''
	read -r _ _ _ _ _ session _ <"/proc/$$/stat"
	for dir in /proc/[0-9]*; do
		pid=${dir#/proc/}
		[ "$pid" != $$ ] || continue
		case $(readlink "$dir/cwd" 2>/dev/null) in "$work" | "$work"/*) ;; *) continue ;; esac
		exe=$(readlink "$dir/exe" 2>/dev/null) || continue
		case $exe in
		"$bindir/postgres" | "$bindir/postgres (deleted)" | "$work"/*) printf '%s\n' "$pid" ;;
		*)
			if grep -q "^$pid (.*) . [0-9]* [0-9]* $session " "$dir/stat" 2>/dev/null; then
				printf '%s\n' "$pid"
			fi
			;;
		esac
	done
}

cleanup() {
	local pids i
	trap '' INT TERM HUP
	[ -n "$work" ] && [ -d "$work" ] || return 0
	stop_cluster immediate >/dev/null 2>&1 || true
	# a program that has servers elsewhere ends them itself, and takes some seconds for that
	for i in {1..40}; do
		mapfile -t pids < <(left_over)
		[ ${#pids[@]} -gt 0 ] || break
		case $i in
		1) kill -TERM "${pids[@]}" 2>/dev/null || true ;;
		25) kill -QUIT "${pids[@]}" 2>/dev/null || true ;;
		3?) kill -KILL "${pids[@]}" 2>/dev/null || true ;;
		esac
		sleep 0.3
	done
	rm -rf -- "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# ---------------------------------------------------------------- counting

now_ms() { local t=${EPOCHREALTIME/[.,]/}; printf '%s\n' "${t%???}"; }

pass() {
	passed=$((passed + 1))
	printf 'ok      %s\n' "$1"
}

# fail NAME [FILE [head]]: with the file's end shown, or its beginning, where compilers tell the cause
fail() {
	failed=$((failed + 1))
	failures+=("$1")
	printf 'FAILED  %s\n' "$1"
	if [ -n "${2:-}" ] && [ -s "$2" ]; then
		"${3:-tail}" -n 50 "$2" | sed 's/^/    | /'
		keep "$2" "${1//[^A-Za-z0-9_.-]/_}.log"
	fi
}

skip() {
	skipped+=("$1")
	printf 'skipped %s\n' "$1"
}

# keep FILE NAME: in the clone, for later reading; best effort
keep() { { mkdir -p "$root/tmp_check" && cp -r "$1" "$root/tmp_check/$2"; } 2>/dev/null || true; }

section() { printf '\n== %s\n' "$*"; }

# Run a command with its output in $out. In the background, so that our traps work while it runs.
run_logged() {
	local rc=0
	out=$work/out.$((++drs_out))
	"$@" >"$out" 2>&1 </dev/null &
	wait $! || rc=$?
	return $rc
}
drs_out=0

pgxs_top() { (cd "$(dirname "$("$PG_CONFIG" --pgxs)")/../.." && pwd); }

# Where PostgreSQL::Test is: this server's own, else another release's, which knows older and newer servers.
test_perl() {
	local dir
	for dir in "$(pgxs_top)" $(ls -dr /usr/lib/postgresql/*/lib/pgxs 2>/dev/null); do
		[ -e "$dir/src/test/perl/PostgreSQL/Test/Cluster.pm" ] || continue
		printf '%s\n' "$dir/src/test/perl"
		return
	done
}

in_copy() {
	local dir=${job_dir:-$work/src} # PostgreSQL 15 knows TESTDIR, later ones the others
	as_user env -C "$work/src" PGHOST="$work/s" PGPORT="${pgport:-}" PGUSER="$drs_super" \
		${DRS_SLOW:+DRS_SLOW=1} ${DRS_CLIENTS:+DRS_CLIENTS="$DRS_CLIENTS"} ${DRS_DRUM:+DRS_DRUM="$DRS_DRUM"} \
		${DRS_CLIENT_PYTHON:+DRS_CLIENT_PYTHON="$DRS_CLIENT_PYTHON"} \
		TEMP_CONFIG="${conf:-$work/ext.conf}" DRS_INST="$work/inst" \
		DRS_INSTALLCHECK=1 DRS_REQUIRE_STANDIN=1 DRS_NO_INSTALL=1 DRS_JOBS=1 \
		TESTDIR="$dir" TESTDATADIR="$dir/tmp_check" TESTLOGDIR="$dir/tmp_check/log" \
		PG_TEST_PORT_DIR="$work/ports" \
		PG_REGRESS="$(pgxs_top)/src/test/regress/pg_regress" share_contrib_dir="$work/inst$("$PG_CONFIG" --sharedir)" \
		timeout -k 10 "${DRS_TEST_TIMEOUT:-900}" "$@"
}

# ---------------------------------------------------------------- the kinds of test

# Count the lines of pg_regress (both of its output forms) in $out; RC is how it ended.
count_regress() {
	local kind=$1 rc=$2 diffs=$3 before=$failed name
	while read -r verdict name; do
		case $verdict in
		ok) pass "$kind $name" ;;
		*) fail "$kind $name" ;;
		esac
	done < <(sed -nE \
		-e 's/^ok [0-9]+ +[-+] ([^ ]+).*/ok \1/p' -e 's/^not ok [0-9]+ +[-+] ([^ ]+).*/bad \1/p' \
		-e 's/^(test|    ) *([^ ]+) +\.\.\. ok.*/ok \2/p' \
		-e 's/^(test|    ) *([^ ]+) +\.\.\. (FAILED|failed).*/bad \2/p' \
		"$out")
	if [ -s "$diffs" ]; then
		head -n 200 "$diffs" | sed 's/^/    | /'
		keep "$diffs" "$kind.diffs"
	fi
	if [ "$rc" != 0 ] && [ "$failed" = "$before" ]; then fail "$kind run" "$out"; fi
}

run_regress() {
	local rc=0
	[ -n "$(find "$work/src/test/sql" -name '*.sql' 2>/dev/null)" ] || return 0
	section regress
	run_logged in_copy make -s installcheck PG_CONFIG="$PG_CONFIG" with_llvm=no ISOLATION= TAP_TESTS= \
		${1:+REGRESS="$1"} || rc=$?
	count_regress regress $rc "$work/src/regression.diffs"
}

run_isolation() {
	local rc=0 settings
	[ -n "$(find "$work/src/test/specs" -name '*.spec' 2>/dev/null)" ] || return 0
	section isolation
	if [ ! -x "$(pgxs_top)/src/test/isolation/pg_isolation_regress" ]; then
		skip "isolation: this PostgreSQL has no pg_isolation_regress"
		return
	fi
	start_standin
	# shellcheck disable=SC1091
	. "$work/standin/standin.env"
	# jit: plans that specs ask for by enable_... = off look so dear that each would be compiled, for a second
	settings="-c jit=off -c drs_test.prediction_url=$STANDIN_URL"
	settings+=" -c drs_test.token=$STANDIN_TOKEN -c drs_test.key=$STANDIN_KEY"
	run_logged in_copy env PGOPTIONS="$settings" make -s installcheck PG_CONFIG="$PG_CONFIG" with_llvm=no \
		REGRESS= TAP_TESTS= ${1:+ISOLATION="$1"} || rc=$?
	stop_standin
	count_regress isolation $rc "$work/src/output_iso/regression.diffs"
}

# A TAP file: its tests of the top level count; a file that breaks off counts as one more failure.
count_tap() {
	local name=$1 rc=$2 ms=$3 file=${1%% *} good bad skips log
	skips=$(grep -cE '^ok [0-9]+ .*# (skip|SKIP)' "$out" || true)
	good=$(grep -cE '^ok [0-9]+|^not ok [0-9]+ .*# TODO' "$out" || true)
	bad=$(grep -E '^not ok [0-9]+' "$out" | grep -cv '# TODO' || true)
	if grep -qE "^$file \.+ skipped: " "$out"; then
		skip "$name: $(sed -nE 's/^.* \.+ skipped: //p' "$out" | head -n 1)"
		return
	fi
	if [ "$rc" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
	passed=$((passed + good - skips))
	failed=$((failed + bad))
	if [ "$skips" != 0 ]; then skipped+=("$name: $skips tests"); fi
	if [ "$bad" = 0 ]; then
		printf 'ok      %-32s %4d tests %7d ms\n' "$name" "$good" "$ms"
		return
	fi
	failures+=("$name ($bad)")
	printf 'FAILED  %-32s %d of %d tests\n' "$name" "$bad" $((good + bad))
	log=${out%/*}/tmp_check/log/regress_log_$(basename "$file" .pl)
	{
		awk '/^ok /{on = 0} /^not ok /{on = 1} on' "$out" | head -n 80 || true
		echo ...
		tail -n 12 "$out"
		# where PostgreSQL::Test::Utils sends what a test dies of
		if grep -q 'Parse errors' "$out"; then tail -n 12 "$log" 2>/dev/null || true; fi
	} | sed 's/^/    | /'
	name=${name##*/}
	keep "$out" "${name//[^A-Za-z0-9_.-]/_}.log"
	keep "$log" "regress_log_${name//[^A-Za-z0-9_.-]/_}"
}

# The same with rows that reach statements as arrays, as they do where Citus is.
count_arrays() { count_tap "$1 (arrays)" "$2" "$3"; }

# Programs that say all by how they end: 0 good, 77 skipped, else bad.
count_check() {
	local name=${1#test/}
	case $2 in
	0) pass "$name" ;;
	77) skip "$name: $(tail -n 1 "$out")" ;;
	*) fail "$name" "$out" ;;
	esac
}

# A program with tests of its own: its last line may be "N passed, N failed" too.
count_program() {
	local program=${1%% *} rc=$2 ms=$3 last bad
	last=$(tail -n 1 "$out")
	if [ "$rc" = 77 ]; then
		skip "$program: $last"
	elif [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
		bad=${BASH_REMATCH[2]}
		if [ "$rc" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
		passed=$((passed + BASH_REMATCH[1]))
		failed=$((failed + bad))
		if [ "$bad" = 0 ]; then
			printf 'ok      %-32s %4d tests %7d ms\n' "$program" "${BASH_REMATCH[1]}" "$ms"
			return
		fi
		printf 'FAILED  %s: %s\n' "$program" "$last"
		failures+=("$program ($bad)")
		tail -n 60 "$out" | sed 's/^/    | /'
		keep "$out" "${program//\//_}.log"
		# what it kept in its own clone, which is our copy
		keep "$work/src/tmp_check/." .
	elif [ "$rc" = 0 ]; then
		pass "$program"
	else
		fail "$program" "$out"
	fi
}

# ---------------------------------------------------------------- jobs

# A job is one program: a TAP file, a check, a program with tests of its own. DRS_JOBS of them run at once, since most
# of them wait most of the time. They share the build, which none of them writes to, and the cluster of PGHOST, which
# only checks use. All else is a job's own: jobs/N has its output, its logs, the clusters of a TAP file.
queue=() # "KIND PROGRAM ARGUMENT..."; count_KIND knows what the output means

run_queue() {
	local at_once=${DRS_JOBS:-$(($(nproc) + 1))} job started=()
	[ ${#queue[@]} -gt 0 ] || return 0
	section "${#queue[@]} programs, $at_once at a time"
	as_user mkdir -p "$work/jobs" "$work/ports"
	for job in "${queue[@]}"; do
		while [ ${#started[@]} -ge "$at_once" ]; do count_ended; done
		as_user mkdir "$work/jobs/$((++drs_jobs))"
		run_job "$work/jobs/$drs_jobs" "$job" &
		started[$!]="$work/jobs/$drs_jobs $job"
	done
	while [ ${#started[@]} -gt 0 ]; do count_ended; done
	queue=()
}
drs_jobs=0

# run_job DIR JOB: how it ended, and after how many milliseconds, is in DIR/end
run_job() {
	local job_dir=$1 job rc=0 start
	read -ra job <<<"$2"
	case ${job[0]} in
	arrays) local conf=$work/arrays.conf ;&
	tap) job=(tap prove -v --merge --norc -I "$(test_perl)" -I test/lib "${job[1]}") ;;
	esac
	start=$(now_ms)
	in_copy "${job[@]:1}" >"$job_dir/out" 2>&1 </dev/null || rc=$?
	printf '%d %d\n' $rc $(($(now_ms) - start)) >"$job_dir/end"
}

# Wait for a job to end, and count those that have.
count_ended() {
	local pid job_dir kind name rc ms
	wait -n || true
	for pid in "${!started[@]}"; do
		if kill -0 "$pid" 2>/dev/null; then continue; fi
		read -r job_dir kind name <<<"${started[pid]}"
		unset "started[pid]"
		out=$job_dir/out
		read -r rc ms 2>/dev/null <"$job_dir/end" || rc=1 ms=0
		"count_$kind" "$name" "$rc" "$ms"
	done
}

# TAP files that wait most for something come first: so no long one is left to run alone at the end.
queue_tap() {
	local file
	while read -r file; do
		queue+=("tap $file")
	done < <(cd "$work/src" && grep -Hc wait_until test/t/*.pl | sort -t : -k 2nr -k 1 | cut -d : -f 1)
}

# The tests of score_into: those given, or all.
queue_arrays() {
	local file
	{ cat "$work/ext.conf" && echo 'datarobot.rows_as_arrays = on'; } | as_user tee "$work/arrays.conf" >/dev/null
	for file in "$work"/src/${1:-test/t/02[0-8]_*.pl}; do queue+=("arrays ${file#"$work"/src/}"); done
}

queue_checks() {
	local file
	for file in "$work"/src/test/check/*; do
		[ ! -x "$file" ] || queue+=("check ${file#"$work"/src/}")
	done
}

# One file below test/, by its path from the clone: run, or put into the queue.
run_file() {
	local name
	name=$(basename "${1%.*}")
	case $1 in
	test/sql/*) run_regress "$name" ;;
	test/specs/*) run_isolation "$name" ;;
	test/check/*) queue+=("check $1") ;;
	*) queue+=("tap $1") ;;
	esac
}

# The path from the clone of a test that was named, as test/run takes names; nothing when there is none.
test_path() {
	local what=${1#"$root"/}
	what=test/${what#test/}
	case $what in test/sql/*) what=${what%.sql}.sql ;; test/specs/*) what=${what%.spec}.spec ;; esac
	[ ! -e "$root/$what" ] || printf '%s\n' "$what"
}

# What the tests need beside the extension: the stand-in server.
build_standin_for_tests() {
	as_user make -C "$work/src/test/server" -s -j"$(nproc)"
}
