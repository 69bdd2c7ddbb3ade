# shellcheck shell=bash
# bench/figures.sh: arithmetic, and where figures go: the table on the screen and bench/results.tsv.
# shellcheck disable=SC2154 # root is script/lib.sh's

results=$root/bench/results.tsv
limits_met=0
limits_missed=()

# calc FORMAT EXPRESSION: awk's arithmetic
calc() { awk "BEGIN { printf \"$1\", $2 }"; }

# of_sorted median|min|max NUMBER...
of_sorted() {
	local what=$1 n=$(($# - 1))
	shift
	printf '%s\n' "$@" | sort -g | awk -v what="$what" -v n="$n" '
		{ v[NR] = $1 }
		END {
			if (what == "min") print v[1]
			else if (what == "max") print v[n]
			else print n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
		}'
}

# "0.71 to 0.93": the spread of what a median was taken of
spread() {
	local format=$1
	shift
	# shellcheck disable=SC2059 # the format is ours
	printf "$format to $format" "$(of_sorted min "$@")" "$(of_sorted max "$@")"
}

section() { printf '\n== %s\n' "$*"; }

# figure NAME VALUE UNIT [LIMIT [NOTE]]: LIMIT is as in '<= 1.5'
figure() {
	local name=$1 value=$2 unit=$3 limit=${4:-} note=${5:-} verdict=''
	printf '%s\t%s\t%s\n' "$name" "$value" "$unit" >>"$results"
	if [ -n "$limit" ]; then
		if [ "$(calc %d "($value $limit)")" = 1 ]; then
			verdict="$limit: ok"
			limits_met=$((limits_met + 1))
		else
			verdict="$limit: MISSED"
			limits_missed+=("$name")
		fi
	fi
	printf '%-34s %12s %-10s %-15s %s\n' "$name" "$value" "$unit" "$verdict" "$note"
}

# list_figure NAME FORMAT UNIT LIMIT NUMBER...: the median, with the spread as a note
list_figure() {
	local name=$1 format=$2 unit=$3 limit=$4
	shift 4
	# shellcheck disable=SC2059 # the format is ours
	figure "$name" "$(printf "$format" "$(of_sorted median "$@")")" "$unit" "$limit" "$(spread "$format" "$@")"
}
