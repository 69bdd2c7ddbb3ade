# shellcheck shell=bash disable=SC2154,SC2016 # selftest's variables, jq's variables
# What happens to batch jobs over time: docs/api.md 2.3, 2.10 to 2.17. Sourced by selftest, after batch.sh.

# rows FILE COUNT: as many records, each with its number and a text
make_rows() { seq "$2" | sed 's/.*/&,row &/; 1i id,name' >"$1"; }

check_batch_errors() {
	local rows=$dir/loans.csv
	# docs/api.md 2.3: a row of six is less than 20 %; two are more
	{
		head -6 "$samples/loans.csv"
		sed -n 7p "$samples/loans.csv" | sed 's/^\([^,]*\),[^,]*/\1,many/'
	} >"$rows"
	batch 10 "$rows" '"includePredictionStatus": true, "passthroughColumns": ["income"]' '2.3 one row'
	show
	is '2.12 failed rows' "$(pick '[.scoredRows, .failedRows]')" '[5,1]'
	download
	is '2.14 six rows' "$(sed 1d "$dir/body" | wc -l)" 6
	like '2.14 a row that failed' "$(tail -1 "$dir/body")" \
		",,,,,*must be a finite number*,$(tail -1 "$rows" | cut -d, -f4)"
	sed -i '3s/^\([^,]*\),[^,]*/\1,many/' "$rows"
	job 10
	upload "$rows"
	is '2.3 two rows: the upload' "$status" 422
	is '2.3 two rows' "$(state)" ABORTED
	show
	like '2.3 the log says so' "$(pick .statusDetails)" '*too many rows could not be scored*'
	batch 10 "$rows" '"abortOnError": false' '2.3 abortOnError'
	show
	is '2.3 abortOnError' "$(pick '[.scoredRows, .failedRows]')" '[4,2]'
	batch 10 "$rows" '"abortOnError": false, "disableRowLevelErrorHandling": true' '2.4 no row by row'
	show
	is '2.4 no row by row' "$(pick '[.scoredRows, .failedRows]')" '[0,6]'
	settings '{"abort_percent": 100, "abort_bytes": 10}'
	job 10
	upload "$rows"
	is '2.3 by bytes' "$(state)" ABORTED
	reset
}

check_batch_queue() {
	local one two
	job ff '"intakeSettings": {"type": "localFile", "async": false}'
	one=$id
	ask "${token[@]}" -X DELETE "$jobs/$id/"
	is '2.16 never queued' "$status $(state)" '404 INITIALIZING'
	fault '{"fault": "job_stall", "route": "job"}'
	job ff
	one=$id
	make_rows "$dir/rows.csv" 100
	upload "$dir/rows.csv"
	until_state '2.10 one runs' RUNNING
	job ff
	two=$id
	upload "$dir/rows.csv"
	show
	is '2.10 another waits' "$status $(pick '[.status, .queued, .queuePosition]')" '200 ["INITIALIZING",true,0]'
	job 01
	upload "$dir/visits.csv"
	show
	is '2.12 place in the queue' "$(pick .queuePosition)" 1
	ask "${token[@]}" "$STANDIN_API_URL/predictionServers/"
	is '4.2 load of a prediction server' "$(pick '.data[0].batchPredictions')" '{"processing":1,"queued":2}'
	ask "${token[@]}" -X DELETE "$jobs/$id/"
	is '2.16 one that waits' "$status" 202
	job ff '"predictionInstance": {"hostName": "192.0.2.4"}'
	upload "$dir/rows.csv"
	until_state '2.10 another instance is free' COMPLETED
	id=$two
	is '2.10 the other still waits' "$(state)" INITIALIZING
	ask "${token[@]}" -X DELETE "$jobs/$one/"
	is '2.16 one that runs' "$status" 202
	until_state '2.10 then it runs' COMPLETED
	ask "${token[@]}" -X DELETE "$jobs/$two/"
	is '2.16 one that is over' "$status" 409
	id=$one
	is '6.15 deleted: aborted' "$(state)" ABORTED
	ask "${token[@]}" -X DELETE "$jobs/$one/"
	is '2.16 again' "$status" 409
	ask "${token[@]}" "$jobs/?jobId=$one"
	is '2.16 in no list' "$(pick .count)" 0
	settings '{"deleted_gone": 1}'
	show
	is '6.15 deleted: unknown' "$status" 404
	is 'two at most' "$(batch_counter max_running)" 2
	is 'two were deleted' "$(batch_counter deleted)" 2
	reset
}

# lines of a result that comes down while its data goes up, and what is still to be sent
check_batch_streaming() {
	local lines sender
	make_rows "$dir/rows.csv" 30000
	mkfifo "$dir/pipe"
	job ff '"passthroughColumns": ["id"], "chunkSize": 1000'
	curl -sS -m 60 -o "$dir/put" -w '%{http_code}' "${token[@]}" "${csv[@]}" -T - "$jobs/$id/csvUpload" \
		<"$dir/pipe" >"$dir/put_status" &
	sender=$!
	exec 7>"$dir/pipe"
	head -10000 "$dir/rows.csv" >&7
	until_state '2.10 runs while data comes' RUNNING
	begin_download 7>&-
	until_is '2.13 rows come before the end of the data' yes enough_lines "$dir/down" 5000
	show
	is '2.12 nobody knows how much there is' "$(pick '[.status, .percentageCompleted, .links.download != null]')" \
		'["RUNNING",0,true]'
	tail -n +10001 "$dir/rows.csv" >&7
	exec 7>&-
	wait $sender
	wait "$downloader" || true
	is '2.11 the answer to the upload' "$(cat "$dir/put_status")" 202
	lines=$(wc -l <"$dir/down")
	is '2.13 all rows' "$lines" 30001
	is '2.13 each once' "$(cut -d, -f2 "$dir/down" | sed 1d | sort -n | uniq | wc -l)" 30000
	is '2.10 the end' "$(state)" COMPLETED
	rm "$dir/pipe"
}
# in the background: sets downloader
begin_download() {
	: >"$dir/down"
	curl -sSN -m 60 -o "$dir/down" -w '%{http_code} %{exitcode}' "${token[@]}" "$jobs/$id/download/" \
		>"$dir/end" 2>"$dir/error" &
	downloader=$!
}
enough_lines() { [ "$(wc -l <"$1")" -lt "$2" ] || echo yes; }

check_batch_parts() {
	make_rows "$dir/one.csv" 3
	printf 'id,name\r\n4,d\r\n5,"e\r\nf"' >"$dir/two.csv"
	job ff '"passthroughColumns": ["id"], "intakeSettings": {"type": "localFile", "multipart": true, "async": false}'
	upload "$dir/one.csv"
	is '2.11 the whole, to a job in parts' "$status" 422
	finalize
	is '2.11 nothing to finalize' "$status" 422
	part 1 "$dir/two.csv"
	is '2.11 the second part first' "$status" 422
	part 0 "$dir/two.csv"
	part 0 "$dir/one.csv"
	is '2.11 a part again' "$status" 202
	part 1 "$dir/two.csv"
	is '2.10 not queued yet' "$status $(state)" '202 INITIALIZING'
	finalize
	is '2.11 finalize' "$status" 202
	until_state '2.11 in parts' COMPLETED
	download
	is '2.11 all parts' "$(cut -d, -f2 "$dir/body" | xargs)" 'id 1 2 3 4 5'
	part 2 "$dir/two.csv"
	is '2.11 too late for a part' "$status" 422
	finalize
	is '2.11 finalized already' "$status" 422
	job ff
	finalize
	is '2.11 no job in parts' "$status" 409
	part 0 "$dir/one.csv"
	is '2.11 a part for a job without' "$status" 409
	job ff '"intakeSettings": {"type": "localFile", "multipart": true, "async": false}'
	part 0 "$dir/one.csv"
	part 1 "$dir/visits.csv"
	finalize
	until_state '2.11 another header' ABORTED
	job ff '"intakeSettings": {"type": "localFile", "multipart": true}'
	part 0 "$dir/one.csv"
	until_state '2.11 queued by the first part' RUNNING
	finalize
	until_state '2.11 as parts come' COMPLETED
	job ff '"intakeSettings": {"type": "localFile", "multipart": true, "async": false}'
	part 0 "$dir/one.csv"
	ask "${token[@]}" -X DELETE "$jobs/$id/"
	is '2.11 parts are given up' "$status" 202
}

# score from one place to another, each a file below the folder: from, its file, to, its file
between() {
	mkdir -p "$(dirname "$dir/buckets/$2")"
	cp "$dir/visits.csv" "$dir/buckets/$2"
	chmod -R a+rwX "$dir/buckets"
	job 01 "\"intakeSettings\": $1, \"outputSettings\": $3"
	until_state "2.7 $1" COMPLETED
	is "2.8 $3" "$(head -1 "$dir/buckets/$4")" 'visits_PREDICTION,id'
	show
	is "2.12 links: $3" "$(pick '.links | keys')" '["self"]'
	download
	is "2.13 nothing to download: $3" "$status" 404
}

check_batch_buckets() {
	between '{"type": "s3", "url": "s3://b/in.csv"}' s3/b/in.csv \
		'{"type": "s3", "url": "s3://b/d/out.csv"}' s3/b/d/out.csv
	between '{"type": "gcp", "url": "gs://b/in.csv"}' gcp/b/in.csv \
		'{"type": "gcp", "url": "https://storage.googleapis.com/b/out.csv"}' gcp/b/out.csv
	between '{"type": "azure", "url": "https://a.b/c/in.csv"}' azure/a.b/c/in.csv \
		'{"type": "azure", "url": "https://a.b/c/out.csv"}' azure/a.b/c/out.csv
	between '{"type": "http", "url": "https://u:p@h/in.csv?sig=1"}' http/h/in.csv \
		'{"type": "http", "url": "http://h/out.csv", "method": "PUT"}' http/h/out.csv
	between '{"type": "fileSystem", "path": "in.csv"}' files/in.csv \
		'{"type": "filesystem", "path": "out.csv"}' files/out.csv
	between '{"type": "dataset", "datasetId": "8a8a8a8a8a8a8a8a8a8a8a01"}' datasets/8a8a8a8a8a8a8a8a8a8a8a01.csv \
		'{"type": "s3", "url": "s3://b/three.csv"}' s3/b/three.csv
	between '{"type": "dss", "projectId": "5b5b5b5b5b5b5b5b5b5b5b5b", "partition": "holdout"}' \
		projects/5b5b5b5b5b5b5b5b5b5b5b5b/holdout.csv '{"type": "s3", "url": "s3://b/four.csv"}' s3/b/four.csv
	job 01 '"intakeSettings": {"type": "s3", "url": "s3://b/in.csv"}'
	until_state '2.7 to a local file' COMPLETED
	show
	is '2.12 how much is known' "$(pick '[.percentageCompleted, (.links | keys)]')" '[100,["download","self"]]'
	job 01 '"intakeSettings": {"type": "s3", "url": "s3://b/none.csv"}'
	until_state '2.7 no such object' ABORTED
	job 01 '"intakeSettings": {"type": "s3", "url": "s3://b/../../etc"}'
	until_state 'no way out of the folder' ABORTED
	job 01 '"intakeSettings": {"type": "dataset", "datasetId": "8a8a8a8a8a8a8a8a8a8a8a99"}'
	is '2.9 no snapshot' "$status" 422
	clock '{"set": "2030-02-28T12:30:00"}'
	job 01 '"intakeSettings": {"type": "s3", "url": "s3://b/in.csv"},
		"outputSettings": {"type": "s3", "url": "s3://b/{{ current_run_time }}-{{current_run_timestamp}}.csv"}'
	like '3.4 variables' "$(pick .jobSpec.outputSettings.url)" '"s3://b/2030-02-28T12:30:0?-189851220????.csv"'
	until_state '3.4 variables' COMPLETED
	holds '3.4 the file' -s "$dir/buckets/$(pick .jobSpec.outputSettings.url | sed 's,"s3:/,s3,; s/"//')"
	job 01 '"intakeSettings": {"type": "s3", "url": "s3://b/{{ current_run_time }}.csv"}'
	is '3.4 not in every field' "$(pick .jobSpec.intakeSettings.url)" '"s3://b/{{ current_run_time }}.csv"'
	fault '{"fault": "job_abort", "route": "job"}'
	job 01 '"intakeSettings": {"type": "s3", "url": "s3://b/in.csv"},
		"outputSettings": {"type": "s3", "url": "s3://b/no.csv"}'
	until_state 'aborted before it is written' ABORTED
	holds 'nothing is left of the output' ! -e "$dir/buckets/s3/b/no.csv" -a ! -e "$dir/buckets/s3/b/no.csv.unfinished"
	reset
}

check_batch_time() {
	local port
	batch 01 "$dir/visits.csv" '' '2.17 results'
	clock "{\"advance\": $((48 * 3600 - 60))}"
	download
	is '2.17 after almost 48 hours' "$status" 200
	clock '{"advance": 61}'
	download
	is '2.17 after 48 hours' "$status" 404
	show
	is '2.17 the job knows' "$(pick '[.status, .resultsDeleted, .links.download]')" '["COMPLETED",true,null]'
	fault '{"fault": "job_stall", "route": "job"}'
	job 01
	upload "$dir/visits.csv"
	clock '{"advance": 14399}'
	is '2.17 almost four hours' "$(state)" RUNNING
	clock '{"advance": 2}'
	is '2.17 four hours' "$(state)" ABORTED
	fault '{"fault": "cut", "route": "batch/upload", "bytes": 10}'
	job 01
	upload "$dir/visits.csv"
	like 'the connection is cut' "$status $code" '000 5[56]'
	until_is 'that is counted' 1 batch_counter uploads_broken
	is '2.11 the job still waits' "$(state)" RUNNING
	upload "$dir/visits.csv"
	is '2.11 it cannot be sent again' "$status" 409
	clock '{"advance": 3601}'
	is '2.11 it times out' "$(state)" ABORTED
	job 01
	port=${STANDIN_API_URL%/api/v2}
	exec 8<>"/dev/tcp/127.0.0.1/${port##*:}"
	printf 'PUT /api/v2/batchPredictions/%s/csvUpload/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%s\r\n%s' \
		"$id" "$STANDIN_TOKEN" $'Content-Type: text/csv\r\nContent-Length: 1000000\r\n' "$(cat "$dir/visits.csv")" >&8
	until_state '2.11 another upload' RUNNING
	exec 8>&-
	until_is '2.11 it ends too early' 2 batch_counter uploads_broken
	ask "${token[@]}" -X DELETE "$jobs/$id/"
	clock '{"set": "2001-02-03T04:05:06Z"}'
	job 01
	like 'another date' "$(pick .created)" '"2001-02-03T04:05:*Z"'
	like 'in the header, too' "$(header Date)" 'Sat, 03 Feb 2001 04:05:* GMT'
	reset
}

check_batch_lists() {
	local first=$id
	listed() {
		ask "${token[@]}" "$jobs/?$1"
		is "2.15 $1" "$status $(pick '[.data[].id] | map(.[-2:]) | join(" ")')" "200 \"$2\""
	}
	reset
	clock '{"set": "2030-01-01T00:00:00Z"}'
	job 01
	first=$id
	upload "$dir/visits.csv"
	until_state '2.15 first' COMPLETED
	clock '{"set": "2030-01-02T00:00:00Z"}'
	job ff '"predictionInstance": {"hostName": "h"}'
	clock '{"set": "2030-01-03T00:00:00Z"}'
	ask "${token[@]}" "${json[@]}" "$jobs/" -d "{\"modelId\": \"$(whole 01 6a)\",
		\"intakeSettings\": {\"type\": \"s3\", \"url\": \"s3://none/none\"}}"
	id=$(jq -r .id <<<"$body")
	until_state '2.15 third' ABORTED
	set -- "${first: -2}"
	set -- "$1" "$(printf %02x $((16#$1 + 1)))" "$(printf %02x $((16#$1 + 2)))"
	listed '' "$3 $2 $1"
	is '2.15 no total' "$(pick 'keys')" '["count","data","next","previous"]'
	listed 'status=COMPLETED&status=ABORTED' "$3 $1"
	listed 'orderBy=created' "$1 $2 $3"
	listed 'orderBy=-created' "$3 $2 $1"
	listed 'orderBy=status' "$3 $1 $2"
	listed 'orderBy=-status' "$2 $1 $3"
	listed "deploymentId=$(whole ff)" "$2"
	listed "modelId=$(whole 01 6a)" "$3"
	listed "jobId=$first" "$1"
	listed 'hostname=h' "$2"
	listed 'intakeType=s3' "$3"
	listed 'outputType=s3' ''
	listed 'outputType=localFile&allJobs=true' "$3 $2 $1"
	listed 'batchJobType=prediction' "$3 $2 $1"
	listed 'batchPredictionJobDefinitionId=5f5f5f5f5f5f5f5f5f5f5f5f' ''
	listed 'source=API' "$3 $2 $1"
	listed 'source=-API' ''
	listed 'startDateTime=2030-01-02T00:00:00Z' "$3 $2"
	listed 'endDateTime=2030-01-02T12:00:00Z' "$2 $1"
	listed 'cutoffHours=36' "$3 $2"
	listed 'cutoffHours=1&startDateTime=2030-01-01T12:00:00Z' "$3 $2"
	listed 'offset=1&limit=1' "$2"
	like '4.3 next page of jobs' "$(pick .next)" "\"$jobs/?offset=2&limit=1\""
	listed 'offset=0&limit=0' "$3 $2 $1"
	for bad in status=DONE orderBy=id wd=1 limit=1001 cutoffHours=x startDateTime=x; do
		ask "${token[@]}" "$jobs/?$bad"
		is "2.15 $bad" "$status" 422
	done
	id=$first
	ask "${token[@]}" "${json[@]}" -X PATCH -d '{"hidden": true}' "$jobs/$id/"
	is '2.16 hidden' "$status $(pick '.hidden != null')" '200 true'
	listed 'jobId='"$first" ''
	ask "${token[@]}" "${json[@]}" -X PATCH -d '{"hidden": false}' "$jobs/$id/"
	listed "jobId=$first" "$1"
	ask "${token[@]}" "${json[@]}" -X PATCH -d '{"status": "ABORTED"}' "$jobs/$id/"
	is '2.10.4 a job that is over' "$status" 409
	ask "${token[@]}" "${json[@]}" -X PATCH -d '{"wd": 1}' "$jobs/$id/"
	is '2.10.4 unknown field' "$status" 422
	reset
}

check_batch_copies() {
	local old
	job 02 '"includePredictionStatus": true, "passthroughColumns": ["age"]'
	old=$id
	ask "${token[@]}" "${json[@]}" -d "{\"predictionJobId\": \"$old\"}" "$jobs/fromExisting/"
	id=$(jq -r .id <<<"$body")
	is '2.16 copy' "$status $(header Location)" "202 $jobs/$id/"
	is '2.16 the same specification' \
		"$(pick '[.id != "'"$old"'", .status, .jobSpec.includePredictionStatus, .jobSpec.passthroughColumns]')" \
		'[true,"INITIALIZING",true,["age"]]'
	upload "$dir/voters.csv"
	until_state '2.16 a copy' COMPLETED
	ask "${token[@]}" "${json[@]}" -d '{"predictionJobId": "5f5f5f5f5f5f5f5f5f5f5f5f"}' "$jobs/fromExisting"
	is '2.16 copy of none' "$status" 404
	ask "${token[@]}" "${json[@]}" -d '{"id": "5f5f5f5f5f5f5f5f5f5f5f5f"}' "$jobs/fromExisting"
	is '2.16 copy: fields' "$status" 422
}

check_batch_series() {
	local rows=$samples/sales_several.csv range
	series() {
		asks "$1: by the prediction server" 200 '*' "${csv[@]}" "${to_csv[@]}" --data-binary "@$rows" "$(of 22)$2"
		cp "$dir/body" "$dir/realtime.csv"
		batch 22 "$rows" "${3:+\"timeseriesSettings\": $3}" "$1"
		is "$1" "$(sha1sum <"$dir/body")" "$(sha1sum <"$dir/realtime.csv")"
	}
	series '2.6 forecast' '' ''
	show
	holds '2.12 rows of the past are skipped' "$(pick .skippedRows)" -gt 0
	series '2.6 forecast by name' '' '{"type": "forecast"}'
	range='"predictionsStartDate": "2023-09-24T00:00:00", "predictionsEndDate": "2023-09-26T00:00:00"'
	series '2.6 historical' \
		'?predictionsStartDate=2023-09-24T00:00:00&predictionsEndDate=2023-09-26T00:00:00' \
		"{\"type\": \"historical\", $range}"
	batch 22 "$rows" '"timeseriesSettings": {"type": "historical"}' '2.6 the range of the data'
	holds '2.6 the range of the data' "$(wc -l <"$dir/body")" -gt "$(wc -l <"$dir/realtime.csv")"
	job 22 '"timeseriesSettings": {"type": "forecast", "forecastPointPolicy":
		{"type": "jobRunTimeBased", "configuration": {"offset": "-P1DT2H"}}}'
	is '2.6 policy' "$status" 202
	job 22 '"timeseriesSettings": {"type": "forecast", "forecastPointPolicy":
		{"type": "jobRunTimeBased", "configuration": {"offset": "tomorrow"}}}'
	is '2.6 no duration' "$status" 422
	job 21
	upload "$rows"
	is '2.11 a series of another kind' "$status" 422
}

check_batch_faults() {
	local get=batch/get made
	job_fault() { fault "{\"route\": \"job\", $1}"; }
	make_rows "$dir/rows.csv" 2000
	job_fault '"fault": "job_abort", "rows": 500, "text": "Job aborted by somebody"'
	job ff
	upload "$dir/rows.csv"
	until_state 'job_abort' ABORTED
	show
	is 'job_abort: half-way' "$(pick '.scoredRows >= 500 and .scoredRows < 2000')" true
	like 'job_abort: the log' "$(pick .statusDetails)" '"Job aborted by somebody*'
	job_fault '"fault": "job_fail", "rows": 500'
	job ff
	upload "$dir/rows.csv"
	until_state 'job_fail' FAILED
	job_fault '"fault": "no_slot"'
	job ff
	upload "$dir/rows.csv"
	is 'no_slot' "$(state)" INITIALIZING
	job_fault '"fault": "job_stall", "rows": 500'
	job ff '"passthroughColumns": ["id"]'
	upload "$dir/rows.csv"
	begin_download
	until_is 'job_stall: some rows' yes enough_lines "$dir/down" 500
	ask "${token[@]}" -X DELETE "$jobs/$id/"
	wait "$downloader"
	is '2.13 an abort ends the answer without an error' "$(cat "$dir/end")" '200 0'
	holds '2.13 before its end' "$(wc -l <"$dir/down")" -lt 2000
	for want in row_missing:1999 row_doubled:2001 row_unknown:1999 row_text:2000; do
		job_fault "\"fault\": \"${want%:*}\", \"row\": 7"
		batch ff "$dir/rows.csv" '"passthroughColumns": ["id"]' "${want%:*}"
		is "${want%:*}" "$(grep -Ec '^[0-9.]+,([0-9]{1,4})$' "$dir/body")" \
			"$((${want#*:} - ($([ "${want%:*}" = row_text ] && echo 1 || echo 0))))"
	done
	is 'row_text' "$(sed -n 9p "$dir/body")" n/a,8
	job_fault '"fault": "row_unknown", "row": 7, "column": "id", "text": "5"'
	batch ff "$dir/rows.csv" '"passthroughColumns": ["id", "name"]' 'row_unknown: one column'
	is 'row_unknown: one column' "$(sed -n 9p "$dir/body" | cut -d, -f2-)" '5,row 8'
	job_fault '"fault": "bad_row", "value": 7, "column": "id", "text": "no good"'
	batch ff "$dir/rows.csv" '"passthroughColumns": ["id"], "includePredictionStatus": true' bad_row
	is bad_row "$(sed -n 8p "$dir/body")" ',no good,7'
	job_fault '"fault": "bad_row", "value": "Dole"'
	job_fault '"fault": "bad_row", "value": 21, "column": "age"'
	batch 02 "$dir/voters.csv" '"includePredictionStatus": true' 'bad_row: no such value'
	job 02 '"abortOnError": false, "includePredictionStatus": true'
	upload "$dir/voters.csv"
	until_state 'bad_row, a model' COMPLETED
	download
	is 'bad_row, a model' "$(grep -c 'The row cannot be scored' "$dir/body")" 2
	job_fault '"fault": "reversed_columns"'
	batch ff "$dir/rows.csv" '"passthroughColumns": ["id"]' 'reversed_columns'
	is 'reversed_columns' "$(columns)" id,y_PREDICTION
	job_fault '"fault": "shuffle_rows"'
	batch 02 "$dir/voters.csv" '"passthroughColumns": ["id"]' 'shuffle_rows'
	is 'shuffle_rows' "$(sed 1d "$dir/body" | rev | cut -d, -f1 | rev | xargs)" \
		"$(sed 1d "$dir/voters.csv" | cut -d, -f1 | tac | xargs)"
	job_fault '"fault": "shuffle_rows"'
	batch ff "$dir/rows.csv" '"passthroughColumns": ["id"]' 'shuffle_rows, synthetic'
	is 'shuffle_rows, synthetic' "$(sed 1d "$dir/body" | cut -d, -f2 | xargs)" "$(seq 2000 -1 1 | xargs)"
	job_fault '"fault": "shuffle_chunks", "bytes": 4000'
	batch ff "$dir/rows.csv" '"passthroughColumns": ["id"]' 'shuffle_chunks'
	is 'shuffle_chunks: the first row' "$(sed -n 2p "$dir/body" | cut -d, -f2)" 1
	like 'shuffle_chunks: the last chunk is the second' "$(sed 1d "$dir/body" | cut -d, -f2 | xargs)" '* 2000 *'
	is 'shuffle_chunks: each row once' "$(sed 1d "$dir/body" | cut -d, -f2 | sort -n | xargs)" "$(seq 2000 | xargs)"
	job_fault '"fault": "wrong_counts", "rows": 3'
	batch ff "$dir/rows.csv" '' 'wrong_counts'
	show
	is 'wrong_counts' "$(pick .scoredRows)" 1997
	fault '{"fault": "state", "route": "batch/get"}'
	show
	is 'state: a word that nobody knows' "$(pick .status)" '"PAUSED"'
	fault '{"fault": "state", "text": "RUNNING", "route": "batch/get"}'
	show
	is 'state: another' "$(pick .status) $(state)" '"RUNNING" COMPLETED'
	job_fault '"fault": "job_slow", "ms": 200, "bytes": 5000'
	made=$(now_ms)
	batch ff "$dir/rows.csv" '' 'job_slow'
	holds 'job_slow: a pause after each chunk' $(($(now_ms) - made)) -ge 800
	batch ff "$dir/rows.csv" '' 'as it should be'
	cp "$dir/body" "$dir/good.csv"
	fault '{"fault": "cut", "route": "batch/download", "bytes": 5000}'
	download
	is cut "$status $code $(wc -c <"$dir/body")" '200 56 5000'
	fault '{"fault": "end_early", "route": "batch/download", "bytes": 5000}'
	download
	is end_early "$status $code $(head -c 5000 "$dir/good.csv" | cmp "$dir/body" - 2>&1)" '200 0 '
	fault "{\"fault\": \"link\", \"route\": \"$get\"}"
	show
	is 'link: absent' "$(pick '.links | keys')" '["self"]'
	fault "{\"fault\": \"link\", \"text\": \"null\", \"route\": \"$get\"}"
	show
	is 'link: null' "$(pick '[.links.download, .links.csvUpload, (.links | has("download"))]')" '[null,null,true]'
	fault "{\"fault\": \"foreign_link\", \"route\": \"$get\", \"location\": \"http://127.0.0.2:1\"}"
	show
	is foreign_link "$(pick .links.download)" "\"http://127.0.0.2:1/api/v2/batchPredictions/$id/download/\""
	fault '{"fault": "status", "status": 503, "route": "batch/create"}'
	made=$(batch_counter jobs)
	job ff
	is 'status: nothing is made' "$status $(($(batch_counter jobs) - made))" '503 0'
	fault '{"fault": "reset_mid", "route": "batch/create"}'
	ask "${token[@]}" "${json[@]}" -d "{\"deploymentId\": \"$(whole ff)\"}" "$jobs/"
	is 'reset_mid: it is made' "$code $(($(batch_counter jobs) - made))" '56 1'
	fault '{"fault": "status", "status": 500, "route": "batch/upload"}'
	job ff
	upload "$dir/rows.csv"
	is 'status of an upload' "$status $(state)" '500 INITIALIZING'
	fault '{"fault": "status", "status": 429, "retry_after": 3, "route": "api"}'
	show
	is 'api is batch, too' "$status $(header Retry-After)" '429 3'
	for want in '"fault": "cut"' '"fault": "bad_row", "route": "job"' '"fault": "reset", "route": "job"' \
		'"fault": "no_slot", "route": "batch"' '"fault": "reset", "route": "batch/nothing"'; do
		like "no such fault: $want" "$(control faults -d "{$want}")" '{"message"*'
	done
	reset
}

check_batch_habits() {
	fault '{"fault": "job_stall", "route": "job"}'
	job 01
	upload "$dir/visits.csv"
	settings '{"late_state": 1}'
	show
	is '2.10 the state may be late' "$(pick '[.status, .scoredRows, .links.download != null]')" \
		'["INITIALIZING",3,true]'
	reset
	settings '{"mixed_case": 1, "without_id": 1, "null_links": 1}'
	ask "${token[@]}" "${json[@]}" -d "{\"deploymentId\": \"$(whole ff)\"}" "$jobs/"
	is '2.12 mixed case' \
		"$(pick '[has("scoredRows"), .scored_rows, .failed_rows, .jobSpec.intake_settings, has("id")]')" \
		'[false,0,0,{"type":"localFile"},false]'
	is '6.14 null' "$(pick '.links | has("download") and .download == null')" true
	like 'unknown setting' "$(control batch/settings -d '{"x": 1}')" '*no such setting*'
	reset
	is 'reset' "$(control batch/settings | jq -c '[.mixed_case, .slots, .job_seconds]')" '[0,1,14400]'
	is 'nothing is left' "$(control batch/jobs)" '[]'
	fault '{"fault": "job_stall", "route": "job"}'
	make_rows "$dir/rows.csv" 100
	job ff
	upload "$dir/rows.csv"
	begin_download
	until_is 'restart: a download' yes enough_lines "$dir/down" 10
	control batch/restart -d '{"jobs": "failed"}' >"$dir/queued"
	wait "$downloader" || true
	is 'restart: connections are reset' "$(cat "$dir/end")" '200 56'
	is 'restart: the job has failed' "$(state)" FAILED
	job ff
	control batch/restart -d '{"jobs": "lost"}' >"$dir/queued"
	show
	is 'restart: the job is lost' "$status" 404
	is 'the control route knows' "$(control batch/jobs | jq -c 'map(.status)')" '["FAILED","FAILED"]'
	reset
}

check_batch_memory() {
	local before after
	[ "${#program[@]}" -eq 1 ] || return 0
	before=$(awk '/VmRSS/ {print $2}' "/proc/$server/status")
	job ff '"passthroughColumns": ["id"]'
	seq -f '%.0f,a row of some length that is the same for all of them' 2000000 | sed '1i id,name' |
		curl -sS -m 60 -o "$dir/put" -w '%{http_code}' "${token[@]}" "${csv[@]}" -T - "$jobs/$id/csvUpload" >"$dir/end"
	is 'two million rows' "$(cat "$dir/end") $(state)" '202 COMPLETED'
	after=$(awk '/VmHWM/ {print $2}' "/proc/$server/status")
	holds 'memory is bounded' $((after - before)) -lt 65536
	reset
}

check_batch() {
	mkdir "$dir/buckets"
	chmod a+rwx "$dir/buckets"
	start_server --buckets "$dir/buckets"
	jobs=$STANDIN_API_URL/batchPredictions
	check_batch_life
	check_batch_addresses
	check_batch_columns
	check_batch_formats
	check_batch_bad_data
	check_batch_refusals
	check_batch_types
	check_batch_models
	check_batch_errors
	check_batch_queue
	check_batch_streaming
	check_batch_parts
	check_batch_buckets
	check_batch_time
	check_batch_lists
	check_batch_copies
	check_batch_series
	check_batch_faults
	check_batch_habits
	check_batch_memory
	check_definitions
	stop_server
}
