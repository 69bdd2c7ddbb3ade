# shellcheck shell=bash disable=SC2154,SC2016 # selftest's variables, jq's variables
# Job definitions and their schedules: docs/api.md 3. Sourced by selftest, after batch.sh.

never='"1900-01-01T00:00:00.000000Z"'
every='"minute": ["*"], "hour": ["*"], "dayOfMonth": ["*"], "month": ["*"], "dayOfWeek": ["*"]'
# a job between two files, as fields of a definition
between_files() {
	echo "\"deploymentId\": \"$(whole 01)\", \"intakeSettings\": {\"type\": \"s3\", \"url\": \"s3://b/in.csv\"}," \
		"\"outputSettings\": {\"type\": \"s3\", \"url\": \"s3://b/out.csv\"}"
}
# create a definition with these fields: sets id
define() {
	ask "${token[@]}" "${json[@]}" -d "{$1}" "$definitions/"
	id=$(jq -r '.id // ""' <<<"$body")
}
change() { ask "${token[@]}" "${json[@]}" -X PATCH -d "{$1}" "$definitions/$id"; }
defined() { ask "${token[@]}" "$definitions/$id/"; }
# a part of the definition, asked for again
field() { curl -sS -m 10 "${token[@]}" "$definitions/$id/" | jq -c "$1"; }

check_definition_fields() {
	local spec other
	spec=$(between_files)
	define "\"name\": \"nightly\", \"enabled\": false, $spec, \"schedule\": {$every}, \"passthroughColumns\": [\"id\"]"
	is '3.1.1 create' "$status" 202
	is '3.2 nested' "$(pick '[.name, .enabled, .batchPredictionJob.passthroughColumns,
		.batchPredictionJob.numConcurrent, has("intakeSettings"), (.batchPredictionJob | has("name")),
		.schedule.hour]')" \
		'["nightly",false,["id"],4,false,false,["*"]]'
	is '3.2 never' "$(pick '[.lastFailedRunTime, .lastSuccessfulRunTime, .lastScheduledRunTime, .lastStartedJobTime,
		.lastStartedJobStatus, .nextScheduledRunTime]')" "[$never,$never,$never,null,null,null]"
	is '3.2 by whom' "$(pick '[.createdBy.username, .updatedBy.username, .created != null, .updated != null]')" \
		"[\"$STANDIN_USER\",\"$STANDIN_USER\",true,true]"
	define "\"name\": \"nightly\", $spec"
	is '3.2 a name twice' "$status $(pick '.errors | keys')" '422 ["name"]'
	define "$spec"
	is '3.2 a name of three words' "$status $(pick '.name | test("^[a-z]+_[a-z]+_[a-z]+$")')" '202 true'
	other=$id
	define "\"enabled\": true, $spec"
	is '3.2 enabled without a schedule' "$status $(pick '.errors | keys')" '422 ["schedule"]'
	define "$spec, \"wd\": 1"
	is '3.1.1 unknown field' "$status $(pick '.errors | keys')" '422 ["wd"]'
	define '"name": "x"'
	is '3.1.1 not a job' "$status $(pick '.errors | keys')" '422 ["deploymentId"]'
	define "$spec, \"enabled\": \"yes\""
	is '3.1.1 a wrong type' "$status $(pick '.errors | keys')" '422 ["enabled"]'
	id=$other
	change '"name": "nightly"'
	is '3.1.4 a name twice' "$status" 422
	change '"name": "other", "numConcurrent": 2'
	is '3.1.4 change' \
		"$status $(pick '[.name, .batchPredictionJob.numConcurrent, .batchPredictionJob.intakeSettings.url]')" \
		'200 ["other",2,"s3://b/in.csv"]'
	change '"enabled": true'
	is '3.1.4 enable without a schedule' "$status" 422
	change '"wd": 1'
	is '3.1.4 unknown field' "$status" 422
	defined
	is '3.1.3 get' "$status $(pick '[.name, .enabled]')" '200 ["other",false]'
	ask "${token[@]}" -X DELETE "$definitions/$id/"
	is '3.1.5 delete' "$status $body" '204 '
	defined
	is '3.1.3 unknown' "$status" 404
	change '"name": "x"'
	is '3.1.4 unknown' "$status" 404
	ask "${token[@]}" -X DELETE "$definitions/$id/"
	is '3.1.5 unknown' "$status" 404
}

check_definition_lists() {
	local n
	reset
	for n in 1 2 3; do define "\"name\": \"run $n\", $(between_files)"; done
	define "\"name\": \"another\", \"deploymentId\": \"$(whole ff)\""
	ask "${token[@]}" "$definitions/"
	is '3.1.2 list' "$(pick '[.count, .totalCount, .next, (.data | map(.name))]')" \
		'[4,4,null,["run 1","run 2","run 3","another"]]'
	ask "${token[@]}" "$definitions/?searchName=run&offset=1&limit=1"
	is '3.1.2 filters' "$(pick '[.count, .totalCount, .data[0].name]')" '[1,3,"run 2"]'
	like '4.3 next page of definitions' "$(pick .next)" "\"$definitions/?offset=2&limit=1&searchName=run\""
	ask "${token[@]}" "$definitions/?deploymentId=$(whole ff)"
	is '3.1.2 of a deployment' "$(pick '[.data[].name]')" '["another"]'
	ask "${token[@]}" "$definitions/?wd=1"
	is '3.1.2 unknown parameter' "$status" 422
}

# the next run after a time, of a schedule in which parts replace "*"
next_run() {
	local at=$1 want=$2 schedule=$3
	clock "{\"set\": \"$at\"}"
	change "\"enabled\": true, \"schedule\": $(jq -nc "{$every} + {$schedule}")"
	is "3.3 $schedule after $at" "$status $(pick '.nextScheduledRunTime')" "200 $want"
}

check_schedules() {
	local bad
	reset
	define "\"name\": \"scheduled\", $(between_files)"
	next_run 2024-02-28T12:30:30Z '"2024-02-28T12:31:00.000000Z"' ''
	next_run 2024-02-28T12:30:30Z '"2024-02-28T13:00:00.000000Z"' '"minute": [0]'
	next_run 2024-02-28T12:30:30Z '"2024-02-29T01:15:00.000000Z"' '"minute": [15], "hour": [1]'
	next_run 2024-02-29T12:30:30Z '"2028-02-29T00:00:00.000000Z"' \
		'"minute": [0], "hour": [0], "dayOfMonth": [29], "month": [2]'
	# docs/api.md 3.3: a Wednesday; days of month and week add up
	next_run 2024-02-28T12:30:30Z '"2024-03-01T00:00:00.000000Z"' '"minute": [0], "hour": [0], "dayOfMonth": [1]'
	next_run 2024-02-28T12:30:30Z '"2024-03-03T00:00:00.000000Z"' '"minute": [0], "hour": [0], "dayOfWeek": [0]'
	next_run 2024-02-28T12:30:30Z '"2024-03-01T00:00:00.000000Z"' \
		'"minute": [0], "hour": [0], "dayOfMonth": [1], "dayOfWeek": ["Sunday"]'
	next_run 2024-03-01T12:30:30Z '"2024-03-03T00:00:00.000000Z"' \
		'"minute": [0], "hour": [0], "dayOfMonth": [1], "dayOfWeek": ["sun"]'
	next_run 2024-02-28T12:30:30Z '"2024-10-31T00:00:00.000000Z"' \
		'"minute": [0], "hour": [0], "dayOfMonth": [31], "month": ["oct", "November"]'
	next_run 2024-02-28T12:30:30Z null '"dayOfMonth": [31], "month": ["feb"]'
	for bad in '"minute": [60]' '"hour": [24]' '"hour": [-1]' '"dayOfMonth": [0]' '"dayOfMonth": [32]' '"month": [13]' \
		'"month": ["brumaire"]' '"dayOfWeek": [7]' '"dayOfWeek": ["s"]' '"minute": "*"' '"minute": []' \
		'"minute": ["*", 1]' 		'"minute": ["one"]' '"hour": [1.5]' '"hour": null' '"second": [0]'; do
		change "\"schedule\": $(jq -nc "{$every} + {$bad}")"
		is "3.3 $bad" "$status $(pick '.errors | keys[0] | startswith("schedule.")')" '422 true'
	done
	change '"schedule": {"minute": [0]}'
	is '3.3 all parts are needed' "$status $(pick '.errors | length')" '422 4'
}

check_definition_runs() {
	local n
	reset
	mkdir -p "$dir/buckets/s3/b"
	cp "$dir/visits.csv" "$dir/buckets/s3/b/in.csv"
	chmod -R a+rwX "$dir/buckets"
	define "\"name\": \"by hand\", $(between_files)"
	ask "${token[@]}" "${json[@]}" -d "{\"jobDefinitionId\": \"$id\"}" "$jobs/fromJobDefinition/"
	is '2.10.11 run' "$status $(pick '[.batchPredictionJobDefinition.name, .source]')" \
		'202 ["by hand","Job definition"]'
	until_is '3.2 the last run' '"COMPLETED"' field .lastStartedJobStatus
	is '3.2 it was successful' "$(field "[.lastSuccessfulRunTime != $never, .lastFailedRunTime]")" "[true,$never]"
	ask "${token[@]}" "$jobs/?batchPredictionJobDefinitionId=$id&source=Job%20definition"
	is '2.15 jobs of a definition' "$(pick .count)" 1
	ask "${token[@]}" "${json[@]}" -d '{"jobDefinitionId": "5f5f5f5f5f5f5f5f5f5f5f5f"}' "$jobs/fromJobDefinition/"
	is '2.10.11 of none' "$status" 404
	# docs/api.md 3.3: by the clock
	clock '{"set": "2030-01-01T00:00:30Z"}'
	define "\"name\": \"hourly\", $(between_files), \"enabled\": true,
		\"schedule\": $(jq -nc "{$every} + {minute: [0]}"),
		\"columnNamesRemapping\": {\"visits_PREDICTION\": \"v\"}"
	is '3.2 the next run' "$(pick .nextScheduledRunTime)" '"2030-01-01T01:00:00.000000Z"'
	clock '{"advance": 3500}'
	is '3.3 not yet' "$(batch_counter scheduled_runs)" 0
	clock '{"advance": 100}'
	is '3.3 now' "$(batch_counter scheduled_runs)" 1
	until_is '3.3 it is run' '"COMPLETED"' field .lastStartedJobStatus
	is '3.2 times of runs' "$(field '[.lastScheduledRunTime, .nextScheduledRunTime]')" \
		'["2030-01-01T01:00:00.000000Z","2030-01-01T02:00:00.000000Z"]'
	is '3.3 by its specification' "$(head -1 "$dir/buckets/s3/b/out.csv")" v,id
	fault '{"fault": "job_stall", "route": "job"}'
	clock '{"advance": 3600}'
	until_is '3.3 the second runs' '"RUNNING"' field .lastStartedJobStatus
	clock '{"advance": 3600}'
	is '3.3 the third is aborted' "$(control batch/jobs | jq -c 'map(.status)')" \
		'["COMPLETED","COMPLETED","RUNNING","ABORTED"]'
	is '3.2 a failure' "$(field ".lastFailedRunTime > \"2030-01-01T03\"")" true
	ask "${token[@]}" -X DELETE "$definitions/$id/"
	is '3.1.5 a job that runs does not matter' "$status" 204
	is '3.3 and goes on' "$(batch_counter running)" 1
	reset
	clock '{"set": "2030-01-01T00:00:30Z"}'
	define "\"name\": \"broken\", \"enabled\": true, \"schedule\": {$every}, \"deploymentId\": \"$(whole 01)\",
		\"intakeSettings\": {\"type\": \"s3\", \"url\": \"s3://b/none.csv\"}"
	for n in 1 2 3 4 5; do
		is "3.3 enabled: $n" "$(field .enabled)" true
		clock '{"advance": 60}'
		until_is "3.3 failure $n" '"ABORTED"' field .lastStartedJobStatus
	done
	until_is '3.3 five failures' '[false,null]' field '[.enabled, .nextScheduledRunTime]'
	fault '{"fault": "no_slot", "route": "job"}'
	ask "${token[@]}" "${json[@]}" -d "{\"jobDefinitionId\": \"$id\"}" "$jobs/fromJobDefinition/"
	ask "${token[@]}" -X DELETE "$definitions/$id/"
	is '3.1.5 a job in the queue' "$status" 409
	settings '{"runs_per_day": 0}'
	define "\"name\": \"too many\", \"enabled\": true, \"schedule\": {$every}, $(between_files)"
	clock '{"advance": 60}'
	ask "${token[@]}" "$jobs/?batchPredictionJobDefinitionId=$id"
	like '3.3 too many runs' "$(pick '.data[0].statusDetails')" '*too many runs today*'
	reset
	clock '{"set": "2030-01-01T00:00:30Z"}'
	define "\"name\": \"variables\", \"enabled\": true, \"schedule\": {$every}, \"deploymentId\": \"$(whole 01)\",
		\"intakeSettings\": {\"type\": \"s3\", \"url\": \"s3://b/in.csv\"},
		\"outputSettings\": {\"type\": \"s3\",
		\"url\": \"s3://b/{{ last_scheduled_run_time }}_{{ next_scheduled_run_time }}.csv\"}"
	is '3.4 shown as they are' "$(pick .batchPredictionJob.outputSettings.url)" \
		'"s3://b/{{ last_scheduled_run_time }}_{{ next_scheduled_run_time }}.csv"'
	clock '{"advance": 60}'
	until_is '3.4 run' '"COMPLETED"' field .lastStartedJobStatus
	clock '{"advance": 60}'
	until_is '3.4 run again' 2 batch_counter scheduled_runs
	until_is '3.4 both done' 2 batch_counter states.COMPLETED
	holds '3.4 of the first run' -e "$dir/buckets/s3/b/1900-01-01T00:00:00_2030-01-01T00:02:00.csv"
	holds '3.4 of the second' -e "$dir/buckets/s3/b/2030-01-01T00:01:00_2030-01-01T00:03:00.csv"
	reset
}

check_definitions() {
	definitions=$STANDIN_API_URL/batchPredictionJobDefinitions
	check_definition_fields
	check_definition_lists
	check_schedules
	check_definition_runs
}
