# shellcheck shell=bash disable=SC2154,SC2016,SC2034 # selftest's variables, jq's variables
# Partitions of projects, by dates and otherwise: docs/api.md 5. Sourced by selftest, after datasets.sh.

# partition METHOD PATH [JSON]: a request to a project
partition() {
	ask "${token[@]}" "${json[@]}" -X "$1" ${3:+-d "$3"} "$STANDIN_API_URL/projects/$(whole 01 5b)/$2"
}
# aims NAME STATUS PATTERN JSON: sets the target
aims() {
	partition PATCH aim/ "{\"target\": \"visits\", $4}"
	is "$1: status" "$status" "$2"
	like "$1: body" "$body" "$3"
}
# follow a task, which is running when it is first asked for, to what it makes
until_made() {
	local task
	is "$1: accepted" "$status" 202
	task=$(header Location)
	ask "${token[@]}" "$task"
	is "$1: runs" "$status $(pick .status)" '200 "RUNNING"'
	ask "${token[@]}" "$task"
	is "$1: is done" "$status" 303
	ask "${token[@]}" "$(header Location)"
}

check_partition_classes() {
	local random='"cvMethod": "random", "validationType": "CV"'
	partition GET ''
	is '5.3 no partition before the target' "$status $(pick .partition)" '200 null'
	partition GET datetimePartitioning/
	is '5.3 no dates either' "$status" 404
	aims '5.1 random folds' 202 '*' "$random, \"reps\": 5, \"holdoutPct\": 20, \"seed\": 3"
	until_made '5.1 the target'
	is '5.3 what the project uses' \
		"$status $(pick '.partition | [.cvMethod, .validationType, .reps, .holdoutPct, .seed, .validationPct]')" \
		'200 ["random","CV",5,20,3,null]'
	is '5.3 which is not by dates' "$(pick '.partition | [.datetimePartitionColumn, .useTimeSeries]')" '[null,false]'
	partition GET datetimePartitioning/
	is '5.3 and has no dates' "$status" 404
	aims '5.2 folds without a number' 422 '*reps*is required*' "$random, \"holdoutPct\": 20"
	aims '5.2 no such method' 422 '*cvMethod*' '"cvMethod": "date"'
	aims '5.2 no such validation' 422 '*validationType*' '"cvMethod": "random", "validationType": "XV"'
	aims '5.2 TVH without validation' 422 '*validationPct*is required*' '"cvMethod": "random", "validationType": "TVH"'
	aims '5.2 two keys' 422 '*partitionKeyCols*' \
		'"cvMethod": "group", "validationType": "CV", "reps": 5, "partitionKeyCols": ["a", "b"]'
	aims '5.2 no column' 422 '*userPartitionCol*is required*' '"cvMethod": "user", "validationType": "CV"'
	aims '5.1 a field of another kind' 422 '*validationDuration*not allowed*' "$random, \"reps\": 5,
		\"validationDuration\": \"P1D\""
	partition GET ''
	is '5.3 what is refused changes nothing' "$(pick '.partition | [.cvMethod, .reps]')" '["random",5]'
}

check_partition_dates() {
	local spec='"datetimePartitionColumn": "d", "validationDuration": "P1M", "numberOfBacktests": 2' dates
	# the data has a row for each day of 2020
	partition POST datetimePartitioning/ "{$spec}"
	is '5.4 a preview' "$status $(pick '[.projectId, .holdoutStartDate[:10], .holdoutEndDate[:10]]')" \
		"200 [\"$(whole 01 5b)\",\"2020-12-01\",\"2021-01-01\"]"
	is '5.4 its backtests, the latest first' "$(pick '[.backtests[] | .validationStartDate[:10]]')" \
		'["2020-11-01","2020-10-01"]'
	is '5.4 rows are not counted before the target is set' "$(pick '[.totalRowCount, .holdoutRowCount]')" '[null,null]'
	dates=$(pick '[.holdoutStartDate, [.backtests[].validationStartDate]]')
	partition POST optimizedDatetimePartitionings/ "{$spec, \"target\": \"visits\"}"
	until_made '5.4 a preview for a target'
	is '5.4 a preview for a target' "$status $(pick '[.holdoutStartDate, [.backtests[].validationStartDate]]')" \
		"200 $dates"
	partition GET ''
	is '5.4 a preview changes nothing' "$(pick .partition.cvMethod)" '"random"'
	partition POST optimizedDatetimePartitionings/ "{$spec}"
	like '5.4 which has a target' "$status $body" '422 *target*is required*'
	partition POST datetimePartitioning/ "{$spec, \"target\": \"visits\"}"
	like '5.4 and the other has none' "$status $body" '422 *target*not allowed*'
	partition POST datetimePartitioning/ "{$spec, \"cvMethod\": \"datetime\"}"
	like '5.4 nor a method' "$status $body" '422 *cvMethod*not allowed*'
	partition POST datetimePartitioning/ '{"validationDuration": "P1M"}'
	like '5.4 no column' "$status $body" '422 *datetimePartitionColumn*is required*'
	partition POST datetimePartitioning/ "{$spec, \"disableHoldout\": true, \"holdoutStartDate\": \"2020-12-01\"}"
	like '5.4 a holdout and none' "$status $body" '422 *disableHoldout*'
	partition POST datetimePartitioning/ "{$spec, \"holdoutStartDate\": \"2020-12-01\"}"
	like '5.4 a holdout without an end' "$status $body" '422 *holdoutStartDate*'
	partition POST datetimePartitioning/ '{"datetimePartitionColumn": "d", "validationDuration": "P9Y"}'
	is '5.4 longer than the data' "$status" 422
	partition POST datetimePartitioning/ '['
	is '5.4 no JSON' "$status" 400
	partition DELETE datetimePartitioning/
	is '5.4 another method' "$status" 405
	aims '5.4 the target' 202 '*' "\"cvMethod\": \"datetime\", $spec"
	partition GET datetimePartitioning/
	is '5.4 the dates of the preview' "$status $(pick '[.holdoutStartDate, [.backtests[].validationStartDate]]')" \
		"200 $dates"
	is '5.4 rows are counted now' "$(pick '[.totalRowCount, .holdoutRowCount, .backtests[0].validationRowCount]')" \
		'[366,31,30]'
	partition GET ''
	is '5.3 a project by dates' "$(pick '.partition | [.cvMethod, .datetimePartitionColumn, .validationType, .reps]')" \
		'["datetime","d","TVH",null]'
}

check_partitions() {
	start_server
	ask "$STANDIN_API_URL/projects/$(whole 01 5b)/datetimePartitioning/"
	is '5 no token' "$status" 401
	asks '5 no such project' 404 '*' "$STANDIN_API_URL/projects/$(whole 99 5b)/datetimePartitioning/"
	check_partition_classes
	check_partition_dates
	is '5 times of other data' "$(control projects -d "{\"project\": \"$(whole 01 5b)\",
		\"times\": [\"2021-03-04\", \"2021-03-01\", \"2021-03-02\"]}")" '{}'
	partition POST datetimePartitioning/ '{"datetimePartitionColumn": "d", "validationDuration": "P1D"}'
	is '5 times of other data: the dates' "$status $(pick '[.holdoutStartDate[:10], .holdoutEndDate[:10]]')" \
		'200 ["2021-03-04","2021-03-05"]'
	like '5 times of no data' "$(control projects -d "{\"project\": \"$(whole 01 5b)\", \"times\": []}")" \
		'*needs*times*'
	reset
	partition GET datetimePartitioning/
	is '5 forgotten' "$status" 404
	stop_server
}
