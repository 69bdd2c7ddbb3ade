# shellcheck shell=bash disable=SC2154,SC2016,SC2034 # selftest's variables, jq's variables
# Datasets of the catalog, and their preparation for time series: docs/api.md 4.7. Sourced by selftest, after batch.sh.

# post PATH JSON
post() { ask "${token[@]}" "${json[@]}" -d "$2" "$STANDIN_API_URL/$1/"; }
# follow a task to the dataset that it makes: sets dataset
until_dataset() {
	is "$1: the task" "$status" 202
	ask "${token[@]}" "$(header Location)"
	is "$1: is done" "$status" 303
	ask "${token[@]}" "$(header Location)"
	is "$1: the dataset" "$status $(pick '[.processingState, .isSnapshot]')" '200 ["COMPLETED",true]'
	dataset=$(pick .datasetId | tr -d '"')
}

check_datasets() {
	local generator dataset first
	start_server --buckets "$dir/buckets"
	jobs=$STANDIN_API_URL/batchPredictions
	ask "${token[@]}" -F "file=@$dir/visits.csv" "$STANDIN_API_URL/datasets/fromFile/"
	until_dataset '4.7 from a file'
	is '4.7 the same bytes' "$(sha1sum <"$dir/buckets/datasets/$dataset.csv")" "$(sha1sum <"$dir/visits.csv")"
	batch 01 "$dir/visits.csv" '' '4.7 the file'
	cp "$dir/body" "$dir/good.csv"
	job 01 "\"intakeSettings\": {\"type\": \"dataset\", \"datasetId\": \"$dataset\",
		\"datasetVersionId\": \"$dataset\"}"
	until_state '4.7 a job that reads it' COMPLETED
	download
	is '4.7 a job that reads it' "$(cat "$dir/body")" "$(cat "$dir/good.csv")"
	ask "${token[@]}" "$STANDIN_API_URL/projects/$(whole 01 5b)/"
	is '4.7 a project without time' "$status $(pick .queryGeneratorId)" '200 null'
	ask "${token[@]}" "$STANDIN_API_URL/projects/$(whole 22 5b)/"
	generator=$(pick .queryGeneratorId)
	head -1 "$samples/sales_several.csv" >"$dir/gaps.csv"
	sed 1d "$samples/sales_several.csv" | grep -v '^1[01].09.2023,Nord' | sort -r >>"$dir/gaps.csv"
	ask "${token[@]}" -F "file=@$dir/gaps.csv" "$STANDIN_API_URL/datasets/fromFile/"
	until_dataset '4.7 with gaps'
	first=$dataset
	post dataEngineWorkspaceStates/fromDataEngineQueryGenerator \
		"{\"queryGeneratorId\": $generator, \"datasetId\": \"$first\", \"datasetVersionId\": \"$first\"}"
	is '4.7 a workspace' "$status" 201
	post datasets/fromDataEngineWorkspaceState "{\"workspaceStateId\": $(pick .workspaceStateId)}"
	until_dataset '4.7 prepared'
	holds '4.7 another dataset' "$dataset" != "$first"
	is '4.7 days that were missing are as the day before' \
		"$(grep -E '^(09|10|11).09.2023,Nord' "$dir/buckets/datasets/$dataset.csv" | cut -d, -f3- | sort -u | wc -l)" 1
	is '4.7 all other rows are there' \
		"$(grep -Ev '^1[01].09.2023,Nord' "$dir/buckets/datasets/$dataset.csv" | sort | sha1sum)" \
		"$(grep -Ev '^1[01].09.2023,Nord' "$samples/sales_several.csv" | sort | sha1sum)"
	is '4.7 in order' "$(sed 1d "$dir/buckets/datasets/$dataset.csv" | awk -F'[.,]' '{print $4, $3 $2 $1}' | sort -C &&
		echo yes)" yes
	post dataEngineWorkspaceStates/fromDataEngineQueryGenerator \
		"{\"queryGeneratorId\": \"$(whole 01 7a)x\", \"datasetId\": \"$first\"}"
	is '4.7 no such generator' "$status" 422
	post datasets/fromDataEngineWorkspaceState '{"workspaceStateId": "7b"}'
	is '4.7 no such workspace' "$status" 422
	ask "${token[@]}" "$STANDIN_API_URL/datasets/$(whole 01 8a)/"
	is '4.7 no such dataset' "$status" 404
	stop_server
}
