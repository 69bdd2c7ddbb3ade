# shellcheck shell=bash disable=SC2154,SC2016 # selftest's variables, jq's variables
# Batch jobs: docs/api.md 2.4 to 2.17. Sourced by selftest.

# the whole id of a deployment, or of its model
whole() { echo "${2:-5f}00000000000000000000$1"; }
# create a job of a deployment, with more fields: sets id
job() {
	ask "${token[@]}" "${json[@]}" -d "{\"deploymentId\": \"$(whole "$1")\"${2:+, $2}}" "$jobs/"
	id=$(jq -r '.id // ""' <<<"$body")
}
show() { ask "${token[@]}" "$jobs/$id/"; }
upload() { ask "${token[@]}" "${csv[@]}" -X PUT --data-binary "@$1" "${@:2}" "$jobs/$id/csvUpload/"; }
part() { ask "${token[@]}" "${csv[@]}" -X PUT --data-binary "@$2" "$jobs/$id/csvUpload/part/$1"; }
finalize() { ask "${token[@]}" -X POST "$jobs/$id/csvUpload/finalizeMultipart/"; }
download() { ask "${token[@]}" "$@" "$jobs/$id/download/"; }
state() { curl -sS -m 10 "${token[@]}" "$jobs/$id/" | jq -r .status; }
# wait until a command prints a text
until_is() {
	local name=$1 want=$2 got=
	shift 2
	for _ in $(seq $((100 * patience))); do
		got=$("$@")
		[ "$got" != "$want" ] || break
		sleep 0.05
	done
	is "$name" "$got" "$want"
}
until_state() { until_is "$1" "$2" state; }
batch_counter() { control counters | jq -r ".batch.$1"; }
settings() { control batch/settings -d "$1" >"$dir/queued"; }
clock() { control batch/clock -d "$1" >"$dir/queued"; }
# score a file as it is: sets body to the result
batch() {
	job "$1" "$3"
	upload "$2"
	until_state "$4: state" COMPLETED
	download
}

check_batch_life() {
	local rows=$dir/visits.csv
	job 01
	is '2.10.1 create' "$status" 202
	is '2.10.1 Location' "$(header Location)" "$jobs/$id/"
	is '2.12 a new job' "$(pick '[.status, .percentageCompleted, .elapsedTimeSec, .scoredRows, .failedRows,
		.skippedRows, .jobIntakeSize, .jobOutputSize, .queued, .queuePosition, .resultsDeleted, .hidden]')" \
		'["INITIALIZING",0,0,0,0,0,null,null,false,null,false,null]'
	is '2.12 links' "$(pick .links)" "{\"self\":\"$jobs/$id/\",\"csvUpload\":\"$jobs/$id/csvUpload/\"}"
	is '2.12 the last line of the log' "$(pick '.statusDetails == .logs[-1] and (.logs | length) == 1')" true
	is '2.4 defaults' "$(pick '.jobSpec | [.deploymentId, .intakeSettings, .outputSettings, .numConcurrent, .chunkSize,
		.csvSettings, .maxExplanations, .abortOnError, .includeProbabilities, .includePredictionStatus]')" \
		"$(joined "[\"$(whole 01)\"" '{"type":"localFile"}' '{"type":"localFile"}' 4 '"auto"' \
			'{"delimiter":",","quotechar":"\"","encoding":"utf-8"}' 0 true true 'false]')"
	download
	is '2.13 not yet' "$status" 404
	ask "${token[@]}" -X PUT --data-binary "@$rows" "$jobs/$id/csvUpload/"
	is '2.11 the type of a form' "$status" 406
	ask "${token[@]}" -H 'Content-Type:' -X PUT --data-binary "@$rows" "$jobs/$id/csvUpload/"
	is '2.11 no type' "$status" 406
	ask "${token[@]}" -H 'Content-Type: text/csv; encoding=utf-8' -X PUT --data-binary "@$rows" "$jobs/$id/csvUpload"
	is '2.11 upload' "$status $body" '202 '
	until_state '2.10 completed' COMPLETED
	show
	is '2.12 numbers at the end' "$(pick '[.percentageCompleted, .scoredRows, .failedRows, .jobIntakeSize]')" \
		"[100,3,0,$(wc -c <"$rows")]"
	is '2.12 link to download' "$(pick .links.download)" "\"$jobs/$id/download/\""
	is '2.12 log' "$(pick '.logs | length')" 3
	asks 'the same by the prediction server' 200 '*' "${csv[@]}" "${to_csv[@]}" --data-binary "@$rows" \
		"$regression?passthroughColumns=id"
	cp "$dir/body" "$dir/realtime.csv"
	download
	is '2.13 download' "$status $(header Content-Type)" '200 text/csv; charset=utf-8'
	is '2.13 disposition' "$(header Content-Disposition)" "attachment; filename=result-$id.csv"
	is '2.14 what real-time scoring answers' "$(sha1sum <"$dir/body")" "$(sha1sum <"$dir/realtime.csv")"
	download -H 'Accept: text/csv'
	is '2.13 again' "$status" 200
	download -H 'Accept: application/json'
	is '2.13 another type' "$status" 406
	upload "$rows"
	is '2.11 data pushed already' "$status" 422
	is 'counted' "$(control counters | jq -c '.batch | [.jobs, .uploads, .downloads, .rows_scored, .max_running]')" \
		'[1,1,2,3,1]'
}

check_batch_addresses() {
	local verb unknown=$jobs/5f0000000000000000000999
	for verb in '' download/; do
		ask "${token[@]}" "$unknown/$verb"
		is "2.10 unknown job: $verb" "$status" 404
	done
	for verb in csvUpload/ csvUpload/part/0; do
		ask "${token[@]}" "${csv[@]}" -X PUT -d x "$unknown/$verb"
		is "2.10 unknown job: $verb" "$status" 404
	done
	ask "${token[@]}" -X DELETE "$unknown"
	is '2.16 unknown job' "$status" 404
	ask "${token[@]}" -X POST "$unknown/csvUpload/finalizeMultipart/"
	is '2.11 unknown job' "$status" 404
	ask "${token[@]}" "$jobs/$id/nothing/"
	is '2.10 unknown address' "$status" 404
	ask "${token[@]}" -X PUT -d '' "$jobs/"
	is '2.10 method' "$status $(header Allow)" '405 GET, POST'
	ask "${token[@]}" "$jobs/$id/csvUpload/"
	is '2.10 method of upload' "$status $(header Allow)" '405 PUT'
	ask "$jobs/"
	is '4.1 no token for batch' "$status" 401
	ask -H "Authorization: Token $STANDIN_TOKEN" "$jobs/$id/"
	is '4.1 Token for batch' "$status" 200
	ask "${token[@]}" "$STANDIN_API_URL/batchJobs/$id"
	is '2.10 the other address' "$status $(pick .links.self)" "200 \"$STANDIN_API_URL/batchJobs/$id/\""
	ask "${token[@]}" "${json[@]}" -d "{\"deploymentId\": \"$(whole 01)\"}" "$STANDIN_API_URL/batchJobs/"
	is '2.10 created there' "$status" 202
	ask "${token[@]}" "${json[@]}" -d '[]' "$jobs/"
	is '2.10 no object' "$status" 400
}

# names of the columns of a result
columns() { head -1 "$dir/body"; }

check_batch_columns() {
	local rows=$dir/voters.csv n
	batch 02 "$rows" '"includePredictionStatus": true, "passthroughColumns": ["age"]' '2.14 status'
	is '2.14 the status follows the predictions' "$(columns)" \
		'vote_Dole_PREDICTION,vote_Clinton_PREDICTION,vote_PREDICTION,THRESHOLD,POSITIVE_CLASS,prediction_status,age,id'
	is '2.14 OK' "$(sed 1d "$dir/body" | cut -d, -f6 | sort -u)" OK
	batch 02 "$rows" '"includeProbabilities": false' '2.14 no probabilities'
	is '2.14 no probabilities' "$(columns)" 'vote_PREDICTION,id'
	batch 03 "$rows" '"includeProbabilitiesClasses": ["Independent"]' '2.14 one class'
	is '2.14 one class' "$(columns)" 'party_Independent_PREDICTION,party_PREDICTION,id'
	batch 02 "$rows" '"columnNamesRemapping": {"vote_PREDICTION": "v", "THRESHOLD": null, "POSITIVE_CLASS": false}' \
		'2.2 remapping'
	is '2.2 remapping' "$(columns)" 'vote_Dole_PREDICTION,vote_Clinton_PREDICTION,v,id'
	batch 02 "$rows" '"columnNamesRemapping": [{"inputName": "id", "outputName": "key"},
		{"inputName": "THRESHOLD", "outputName": null}]' '2.2 remapping by a list'
	is '2.2 remapping by a list' "$(columns)" \
		'vote_Dole_PREDICTION,vote_Clinton_PREDICTION,vote_PREDICTION,POSITIVE_CLASS,key'
	batch 02 "$rows" '"passthroughColumnsSet": "all", "passthroughColumns": ["age"], "includeProbabilities": false' \
		'2.4 all columns'
	is '2.4 all columns' "$(columns)" "vote_PREDICTION,$(head -1 "$rows")"
	for n in 0 1; do
		batch 02 "$rows" "\"predictionThreshold\": $n" "2.4 threshold $n"
		is "2.4 threshold $n" "$(sed 1d "$dir/body" | cut -d, -f3-5 | sort -u)" \
			"$([ $n = 0 ] && echo Dole || echo Clinton),$n,Dole"
	done
	batch 1d "$samples/houses.csv" '"predictionWarningEnabled": true' '2.4 warnings'
	like '2.14 warning, approval, association ID' "$(columns)" \
		'price_PREDICTION,IS_OUTLIER_PREDICTION,DEPLOYMENT_APPROVAL_STATUS,id'
	batch 02 "$rows" '"maxExplanations": 2, "explanationAlgorithm": "xemp", "thresholdHigh": 0.9' '2.4 explanations'
	like '1.6 explanations in batch' "$(columns)" '*,EXPLANATION_1_FEATURE_NAME,*,EXPLANATION_2_*'
	job 14 '"passthroughColumns": ["THRESHOLD"]'
	upload "$samples/awkward_loans.csv"
	until_state '2.14 a column like one of the output' ABORTED
	show
	like '2.14 the log says so' "$(pick '.logs[-1]')" "*'THRESHOLD' is called like a column of the output*"
	for n in 15:goods 17:goods 19:sensors 1a:customers 1c:claims 20:reviews; do
		asks "by the prediction server: $n" 200 '*' "${csv[@]}" "${to_csv[@]}" --data-binary "@$samples/${n#*:}.csv" \
			"$(of "${n%:*}")"
		cp "$dir/body" "$dir/realtime.csv"
		batch "${n%:*}" "$samples/${n#*:}.csv" '' "2.14 $n"
		is "2.14 as by the prediction server: $n" "$(sha1sum <"$dir/body")" "$(sha1sum <"$dir/realtime.csv")"
	done
}

check_batch_formats() {
	local plain
	printf 'id,name\n1,"a;b"\n2,"say ""x"""\n3,"two\nlines"\n4,caf\xc3\xa9\n' >"$dir/plain.csv"
	batch ff "$dir/plain.csv" '"passthroughColumns": ["id", "name"]' '2.5 plain'
	plain=$(sed 1d "$dir/body" | cut -d, -f1)
	is '2.5 header' "$(columns)" 'y_PREDICTION,id,name'
	is '2.14 values unchanged' "$(cut -d, -f2- <<<"$(sed 1d "$dir/body")")" "$(sed 1d "$dir/plain.csv")"
	printf "id\tname\n1\ta;b\n2\t'tab\there'\n" >"$dir/tabs.csv"
	batch ff "$dir/tabs.csv" '"passthroughColumns": ["name"], "csvSettings": {"delimiter": "tab", "quotechar": "'\''"},
		"includePredictionStatus": true' '2.5 tabs'
	is '2.5 tabs' "$(columns)" $'y_PREDICTION\tprediction_status\tname'
	like '2.5 quotes' "$(tail -1 "$dir/body")" $'0.??????\tOK\t\'tab\there\''
	sed 's/,/;/g' "$dir/voters.csv" >"$dir/semicolons.csv"
	batch 02 "$dir/semicolons.csv" '"csvSettings": {"delimiter": ";"}' '2.5 semicolons, a model'
	is '2.5 semicolons, a model' "$(columns)" \
		'vote_Dole_PREDICTION;vote_Clinton_PREDICTION;vote_PREDICTION;THRESHOLD;POSITIVE_CLASS;id'
	printf 'id,name\n1,caf\xe9\n' >"$dir/latin.csv"
	batch ff "$dir/latin.csv" '"passthroughColumns": ["name"], "csvSettings": {"encoding": "latin_1"}' '2.5 latin_1'
	is '2.5 latin_1 comes back' "$(tail -1 "$dir/body" | cut -d, -f2 | od -An -tx1)" ' 63 61 66 e9 0a'
	printf 'id,name\n1,\x83\x65\x83\x58\x83\x67\n' >"$dir/sjis.csv"
	for plain in shift_jis mskanji; do
		batch ff "$dir/sjis.csv" "\"passthroughColumns\": [\"name\"], \"csvSettings\": {\"encoding\": \"$plain\"}" \
			"2.5 $plain"
		is "2.5 $plain comes back" "$(tail -1 "$dir/body" | cut -d, -f2 | od -An -tx1)" ' 83 65 83 58 83 67 0a'
	done
	printf '\xef\xbb\xbfid,name\r\n1,x\r\n2,y' >"$dir/windows.csv"
	batch ff "$dir/windows.csv" '"passthroughColumns": ["id", "name"]' '1.4 byte order mark and CRLF'
	like '1.4 byte order mark, CRLF, no end' "$(sed 1d "$dir/body")" '0.??????,1,x
0.??????,2,y'
	job ff
	upload "$dir/plain.csv" -H 'Transfer-Encoding: chunked'
	is '2.11 chunked' "$status" 202
	job ff
	upload "$dir/plain.csv" -H 'Content-Encoding: gzip'
	is '6.13 compressed' "$status" 415
}

check_batch_bad_data() {
	local bad
	for bad in 'id,name\n1,\xff\n' 'id,name\n1,"x\n' '' 'id,name\n' 'id,name\n1\n' 'id,id\n1,2\n'; do
		job ff '"passthroughColumns": ["id"]'
		# shellcheck disable=SC2059
		printf "$bad" >"$dir/bad.csv"
		upload "$dir/bad.csv"
		is "2.11 bad data: ${bad@Q}" "$status" 422
		is "2.11 aborted: ${bad@Q}" "$(state)" ABORTED
		download
		is "2.13 no download: ${bad@Q}" "$status" 422
	done
	job 02
	upload "$dir/visits.csv"
	is '2.11 columns of the model are missing' "$status" 422
	like '2.11 which' "$(message)" '*columns that the model needs are missing*'
	job 02 '"passthroughColumns": ["wd"]'
	upload "$dir/voters.csv"
	like '2.11 a passthrough column is missing' "$status $(message)" "422 *expected but not found: ?'wd'?*"
}

check_batch_refusals() {
	local field spec s3='{"type": "s3", "url": "s3://b/k"' unknown=000000000000000000000000
	local query='"intakeSettings": {"type": "jdbc", "dataStoreId": "5d5d5d5d5d5d5d5d5d5d5d5d"'
	local table='"dataStoreId": "5d5d5d5d5d5d5d5d5d5d5d5d", "table": "t", "statementType"'
	refused() {
		ask "${token[@]}" "${json[@]}" -d "$2" "$jobs/"
		is "2.9 $1: ${2:0:70}" "$status $(pick '[.message, (.errors | keys[0])]')" \
			"422 [\"Invalid field data\",\"$1\"]"
	}
	refused deploymentId '{}'
	refused deploymentId "{\"deploymentId\": \"$(whole 09)\"}"
	refused deploymentId '{"deploymentId": "x"}'
	refused deploymentId "{\"deploymentId\": \"$(whole 24)\"}"
	refused modelId "{\"deploymentId\": \"$(whole 01)\", \"modelId\": \"$(whole 01 6a)\"}"
	while read -r field spec; do
		refused "$field" "{\"deploymentId\": \"$(whole 02)\", $spec}"
	done <<-END
		wd "wd": 1
		numConcurrent "numConcurrent": 0
		numConcurrent "numConcurrent": 1.5
		numConcurrent "numConcurrent": true
		chunkSize "chunkSize": "big"
		passthroughColumns "passthroughColumns": "a"
		passthroughColumnsSet "passthroughColumnsSet": "some"
		maxExplanations "maxExplanations": 101
		maxExplanations "maxExplanations": "all"
		maxNgramExplanations "maxNgramExplanations": "many"
		explanationAlgorithm "explanationAlgorithm": "lime"
		explanationNumTopClasses "explanationNumTopClasses": 2
		thresholdHigh "thresholdHigh": "high"
		predictionThreshold "predictionThreshold": 1.5
		predictionWarningEnabled "predictionWarningEnabled": true
		includeProbabilities "includeProbabilities": "yes"
		includeProbabilitiesClasses "includeProbabilitiesClasses": ["Nobody"]
		columnNamesRemapping "columnNamesRemapping": "x"
		columnNamesRemapping.outputName "columnNamesRemapping": [{"inputName": "a", "outputName": 1}]
		predictionInstance.hostName "predictionInstance": {"sslEnabled": true}
		predictionInstance.port "predictionInstance": {"hostName": "h", "port": 1}
		csvSettings.delimiter "csvSettings": {"delimiter": ";;"}
		csvSettings.quotechar "csvSettings": {"quotechar": ""}
		csvSettings.encoding "csvSettings": {"encoding": "klingon"}
		timeseriesSettings "timeseriesSettings": {"type": "forecast"}
		timeseriesSettings.type "timeseriesSettings": {"type": "guess"}
		intakeSettings.type "intakeSettings": {"type": "carrier pigeon"}
		intakeSettings.file "intakeSettings": {"type": "localFile", "file": "x"}
		outputSettings.path "outputSettings": {"type": "localFile", "path": "x"}
		batchJobType "batchJobType": "monitoring"
		intakeSettings.url "intakeSettings": {"type": "s3", "url": "http://b/k"}
		intakeSettings.url "intakeSettings": {"type": "gcp", "url": "s3://b/k"}
		intakeSettings.format "intakeSettings": $s3, "format": "orc"}
		intakeSettings.credentialId "intakeSettings": {"type": "http", "url": "http://b/k", "credentialId": "x"}
		intakeSettings.credentialId "intakeSettings": $s3, "credentialId": "$unknown"}
		intakeSettings.fetchSize $query, "query": "x", "fetchSize": 0}
		intakeSettings.query $query}
		intakeSettings.query $query, "query": "x", "table": "t"}
		outputSettings.url "intakeSettings": $s3}, "outputSettings": $s3}
		outputSettings.partitionColumns "outputSettings": $s3, "partitionColumns": ["a"]}
		outputSettings.serverSideEncryption.key "outputSettings": $s3, "serverSideEncryption": {"key": "a"}}
		outputSettings.statementType "outputSettings": {"type": "jdbc", $table: "merge"}
		outputSettings.updateColumns "outputSettings": {"type": "jdbc", $table: "update"}
		outputSettings.commitInterval "outputSettings": {"type": "jdbc", $table: "insert", "commitInterval": 86401}
		outputSettings.statementType "outputSettings": {"type": "synapse", $table: "update", "externalDataSource": "x"}
		outputSettings.url "outputSettings": {"type": "s3", "url": "s3://b/{{ today }}.csv"}
	END
	refused maxExplanations "{\"deploymentId\": \"$(whole 1a)\", \"maxExplanations\": 1}"
	refused timeseriesSettings.predictionsStartDate "{\"deploymentId\": \"$(whole 21)\", \"timeseriesSettings\":
		{\"type\": \"historical\", \"predictionsStartDate\": \"2024-01-01T00:00:00\"}}"
	refused timeseriesSettings.predictionsStartDate "{\"deploymentId\": \"$(whole 21)\", \"timeseriesSettings\":
		{\"type\": \"forecast\", \"predictionsStartDate\": \"2024-01-01T00:00:00\"}}"
	refused timeseriesSettings.type "{\"deploymentId\": \"$(whole 21)\",
		\"timeseriesSettings\": {\"type\": \"training\"}}"
	settings '{"multipart": 0}'
	refused intakeSettings.multipart "{\"deploymentId\": \"$(whole 01)\",
		\"intakeSettings\": {\"type\": \"localFile\", \"multipart\": true}}"
	reset
	job 02 '"predictionInstance": {"hostName": "h", "apiKey": "secret one", "datarobotKey": "secret two"}'
	is '2.12 secrets are not shown' "$(pick '.jobSpec | [.predictionInstance, .redactedFields]')" \
		"$(joined '[{"hostName":"h","apiKey":"[redacted]","datarobotKey":"[redacted]"}' \
			'["predictionInstance.apiKey","predictionInstance.datarobotKey"]]')"
	if [[ $body == *secret* ]]; then not_ok '2.12 a secret is shown'; else ok; fi
}

# every type with all of its fields (docs/api.md 2.7, 2.8), each field that it needs left out in turn
# shellcheck disable=SC2034 # eval uses them
check_batch_types() {
	local store='"dataStoreId": "5d5d5d5d5d5d5d5d5d5d5d5d", "credentialId": "5c5c5c5c5c5c5c5c5c5c5c5c"' side needed
	local written='dataStoreId table statementType'
	local cloud='"credentialId": "5c5c5c5c5c5c5c5c5c5c5c5c", "format": "csv"' settings field
	local staged='"cloudStorageCredentialId": "5c5c5c5c5c5c5c5c5c5c5c5c", "externalStage": "e",
		"cloudStorageType": "gcp"'
	local table='"schema": "s", "catalog": "c", "statementType": "insert", "createTableIfNotExists": true,
		"updateColumns": ["p"], "whereColumns": ["id"], "commitInterval": 0'
	mkdir -p "$dir/buckets/stages"
	touch "$dir/buckets/stages/5d5d5d5d5d5d5d5d5d5d5d51.csv"
	while IFS='|' read -r side needed settings; do
		needed=${needed/\$written/$written}
		settings=$(eval "echo \"${settings//\"/\\\"}\"")
		job 01 "\"${side}Settings\": $settings"
		is "$([ "$side" = intake ] && echo 2.7 || echo 2.8) $settings" "$status" 202
		for field in $needed; do
			job 01 "\"${side}Settings\": $(jq -c "del(.$field)" <<<"$settings")"
			is "2.9 $side without $field: ${settings:0:40}" "$status $(pick '.errors | keys[0]')" \
				"422 \"${side}Settings.$field\""
		done
	done <<-'END'
		intake|type|{"type": "localFile", "async": true, "multipart": false}
		intake|url|{"type": "s3", "url": "s3://b/in.csv", "endpointUrl": "https://s3.example", $cloud}
		intake|url|{"type": "azure", "url": "https://a.blob.example/c/in.csv", $cloud}
		intake|url|{"type": "gcp", "url": "gs://b/in.csv", $cloud}
		intake|url|{"type": "gcp", "url": "gcs://b/in.csv"}
		intake|url|{"type": "gcp", "url": "https://storage.googleapis.com/b/in.csv"}
		intake|url|{"type": "http", "url": "https://u:p@h/in.csv"}
		intake|dataStoreId|{"type": "jdbc", $store, "query": "SELECT 1", "fetchSize": 1000}
		intake|dataStoreId|{"type": "jdbc", $store, "table": "t", "schema": "s", "catalog": "c"}
		intake|dataStoreId|{"type": "snowflake", $store, $staged, "query": "SELECT 1"}
		intake|dataStoreId|{"type": "synapse", $store, "query": "SELECT 1", "externalDataSource": "x"}
		intake|dataset table bucket|{"type": "bigquery", "dataset": "d", "table": "t", "bucket": "b"}
		intake|dataStoreId table schema|{"type": "datasphere", $store, "table": "t", "schema": "s"}
		intake|dataStoreId table schema|{"type": "databricks", $store, "table": "t", "schema": "s", "catalog": "c"}
		intake|dataStoreId table schema|{"type": "trino", $store, "table": "t", "schema": "s", "catalog": "c"}
		intake|dataStageId|{"type": "dataStage", "dataStageId": "5d5d5d5d5d5d5d5d5d5d5d51"}
		intake|path|{"type": "fileSystem", "path": "/in.csv"}
		intake|path|{"type": "filesystem", "path": "/in.csv"}
		output|type|{"type": "localFile"}
		output|url|{"type": "s3", "url": "s3://b/out.csv", $cloud, "serverSideEncryption": {"algorithm": "aws:kms"}}
		output|url|{"type": "azure", "url": "https://a.b/c/out", "format": "parquet", "partitionColumns": ["a"]}
		output|url|{"type": "gcp", "url": "gs://b/out.csv", $cloud}
		output|url|{"type": "http", "url": "https://h/out.csv", "method": "PUT", "headers": {"a": "b"}}
		output|$written|{"type": "jdbc", $store, "table": "t", $table}
		output|$written|{"type": "snowflake", $store, $staged, "table": "t", $table}
		output|$written|{"type": "synapse", $store, "externalDatasource": "x", "table": "t", $table}
		output|dataset table bucket|{"type": "bigquery", "dataset": "d", "table": "t", "bucket": "b"}
		output|dataStoreId table schema|{"type": "datasphere", $store, "table": "t", "schema": "s"}
		output|dataStoreId table schema|{"type": "databricks", $store, "table": "t", "schema": "s"}
		output|dataStoreId table schema|{"type": "trino", $store, "table": "t", "schema": "s"}
		output|url siteName|{"type": "tableau", "url": "https://t", "siteName": "s", "overwrite": true}
		output|path|{"type": "fileSystem", "path": "/out.csv"}
	END
	for field in insert update insertUpdate insert_update createTable create_table; do
		job 01 "\"outputSettings\": {\"type\": \"jdbc\", $store, \"table\": \"t\", \"updateColumns\": [\"p\"],
			\"whereColumns\": [\"id\"], \"statementType\": \"$field\"}"
		is "2.1 $field" "$status" 202
	done
	job 01 "\"intakeSettings\": {\"type\": \"jdbc\", $store, \"query\": \"x\"}"
	until_state 'no connection to databases' ABORTED
	upload "$dir/visits.csv"
	is '2.11 the job needs no data' "$status" 404
	reset
}

check_batch_models() {
	local names=(modelId modelPackageId) name
	for name in "${names[@]}"; do
		ask "${token[@]}" "${json[@]}" -d "{\"$name\": \"$(whole 01 6a)\"}" "$jobs/"
		id=$(jq -r .id <<<"$body")
		upload "$dir/visits.csv"
		until_state "2.4 $name" COMPLETED
	done
	ask "${token[@]}" "${json[@]}" -d "{\"modelId\": \"$(whole 99 6a)\"}" "$jobs/"
	is '2.9 unknown model' "$status" 422
}
