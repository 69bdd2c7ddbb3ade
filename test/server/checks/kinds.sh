# shellcheck shell=bash disable=SC2154,SC2016 # selftest's variables, jq's variables
# Every kind of model: JSON answers (docs/api.md 1.5) and CSV answers (docs/api.md 1.6). Sourced by selftest.

check_binary_labels() {
	local rows=("${csv[@]}" --data-binary "@$samples/loans.csv")
	# docs/api.md 1.5: binary, 1 for positive and 0 for negative, and the threshold; labels may be numbers in
	# either spelling
	asks '1.5 labels 1 and 0' 200 '*' "${rows[@]}" "$(of 10)"
	is '1.5 labels are numbers' "$(pick '.data[0].predictionValues | map(.label)')" '[1,0]'
	is '1.5 prediction is a number' "$(pick '[.data[].prediction] | unique')" '[0,1]'
	is '1.5 threshold' "$(pick '[.data[].predictionThreshold] | unique')" '[0.5]'
	is '1.5 the positive class is above the threshold, not at it' \
		"$(pick '[.data[] | (.prediction == 1) == (.predictionValues[0].value > .predictionThreshold)] | all')" true
	is '1.5 the values add up to 1' \
		"$(pick '[.data[].predictionValues | map(.value) | add | . - 1 | fabs < 1e-6] | all')" true
	asks '1.6 labels 1 and 0' 200 \
		'defaulted_1_PREDICTION,defaulted_0_PREDICTION,defaulted_PREDICTION,THRESHOLD,POSITIVE_CLASS
+([0-9.]),+([0-9.]),1,0.5,1
*' "${rows[@]}" "${to_csv[@]}" "$(of 10)"
	# docs/api.md 1.5: labels may be numbers, floats or strings for the same model
	# docs/api.md 1.6: 1.0 in headers and cells
	asks '1.5 labels 1 and 0.0' 200 '*{"label": 1, "value": *}, {"label": 0.0, "value"*' "${rows[@]}" "$(of 11)"
	asks '1.6 labels 1.0 and 0.0' 200 \
		'defaulted_1.0_PREDICTION,defaulted_0.0_PREDICTION,defaulted_PREDICTION,THRESHOLD,POSITIVE_CLASS
*,0.3,1.0
*' "${rows[@]}" "${to_csv[@]}" "$(of 11)"
	asks '1.6 labels True and False' 200 'defaulted_True_PREDICTION,defaulted_False_PREDICTION,*,True
*' "${rows[@]}" "${to_csv[@]}" "$(of 12)"
	asks '1.5 labels True and False' 200 '*{"label": "True", *' "${rows[@]}" "$(of 12)"
	# docs/api.md 6.2: JSON may say 1 and 0 where CSV has the real names
	asks '6.2 names in CSV' 200 'defaulted_yes_PREDICTION,defaulted_no_PREDICTION,*
*,@(yes|no),0.5,yes*' "${rows[@]}" "${to_csv[@]}" "$(of 13)"
	asks '6.2 numbers in JSON' 200 '*"prediction": 1,*{"label": 1, *{"label": 0, *' "${rows[@]}" "$(of 13)"
}

check_awkward_names() {
	local rows=("${csv[@]}" --data-binary "@$samples/awkward_loans.csv") plain
	asks '1.6 plain names' 200 '*' "${csv[@]}" "${to_csv[@]}" --data-binary "@$samples/loans.csv" "$(of 10)"
	plain=$(sed 1d "$dir/body" | cut -d, -f1)
	# docs/api.md 1.6: headers may contain spaces, commas, quotes; _PREDICTION may be inside a label
	asks '1.6 awkward names' 200 \
		"$(joined '"said ""pays"", or_PREDICTION_no, ""never""_PREDICTION"' \
			'"said ""pays"", or_PREDICTION_zahlt pünktlich_PREDICTION_PREDICTION"' \
			'"said ""pays"", or_PREDICTION_PREDICTION"' THRESHOLD POSITIVE_CLASS)"'
*,"no, ""never""",0.5,"no, ""never"""
*,zahlt pünktlich_PREDICTION,0.5,"no, ""never"""
*' "${rows[@]}" "${to_csv[@]}" "$(of 14)"
	is '1.4 features by their names only' "$(sed 1d "$dir/body" | cut -d, -f1)" "$plain"
	asks '1.5 awkward names' 200 '*' "${rows[@]}" "$(of 14)"
	is '1.5 awkward labels' "$(pick '.data[0].predictionValues | map(.label)')" \
		'["no, \"never\"","zahlt pünktlich_PREDICTION"]'
	# docs/api.md 1.6: passthrough columns that collide with a column of the answer are refused
	asks '1.6 a column like one of the answer' 422 "*'THRESHOLD' is called like a column of the answer*" \
		"${rows[@]}" "${to_csv[@]}" "$(of 14)?passthroughColumns=THRESHOLD"
	asks '1.6 no such trouble in JSON' 200 '*"passthroughValues": {"THRESHOLD": "car"}*' "${rows[@]}" \
		"$(of 14)?passthroughColumns=THRESHOLD"
	asks '1.6 awkward classes' 200 \
		"$(joined '"season_été, ""chaud""_PREDICTION"' season_season_PREDICTION season_season_PREDICTION_PREDICTION \
			season_PREDICTION)"'
*' "${csv[@]}" "${to_csv[@]}" --data-binary "@$samples/goods.csv" "$(of 15)"
	asks '1.5 awkward classes' 200 '*' "${csv[@]}" --data-binary "@$samples/goods.csv" "$(of 15)"
	is '1.5 the class of the maximum' \
		"$(pick '[.data[] | .prediction == (.predictionValues | max_by(.value).label)] | all')" true
	asks '1.5 classes that are numbers' 200 '*"prediction": 2, *' "${csv[@]}" --data-binary "@$samples/goods.csv" \
		"$(of 16)"
	is '1.5 labels that are numbers' "$(pick '.data[0].predictionValues | map(.label)')" '[0,1,2]'
	asks '1.6 classes that are numbers' 200 \
		'season_0_PREDICTION,season_1_PREDICTION,season_2_PREDICTION,season_PREDICTION
*,2
*' "${csv[@]}" "${to_csv[@]}" --data-binary "@$samples/goods.csv" "$(of 16)"
}

check_multilabel() {
	local rows=("${csv[@]}" --data-binary "@$samples/goods.csv")
	asks '1.5 multilabel' 200 '*' "${rows[@]}" "$(of 17)"
	is '1.5 an array of the labels above the threshold' \
		"$(pick '[.data[] | .prediction
			== (.predictionThreshold as $t | [.predictionValues[] | select(.value > $t).label])] | all')" true
	is '1.5 some rows have several labels' "$(pick '[.data[].prediction | length] | max >= 2')" true
	is '1.5 one value per label' "$(pick '[.data[].predictionValues | map(.label) | join(" ")] | unique')" \
		'["red wool xl"]'
	asks '1.6 multilabel' 200 \
		'target_red_PROBABILITY,target_red_THRESHOLD,target_red_DECISION,target_wool_PROBABILITY,*,target_xl_DECISION
+([0-9.]),0.5,@(True|False),*' "${rows[@]}" "${to_csv[@]}" "$(of 17)"
	is '1.6 decisions' \
		"$(awk -F, 'NR > 1 { for (i = 1; i < NF; i += 3) if (($i > $(i + 1)) != ($(i + 2) == "True")) print }' \
			"$dir/body")" ''
	asks '1.6 multilabel, prefix of the target' 200 '"tags_red, ""deep""_PROBABILITY",*tags_Wolle_DECISION_DECISION*' \
		"${rows[@]}" "${to_csv[@]}" "$(of 18)"
	asks '1.5 multilabel has no explanations' 422 "*'maxExplanations': not available*" "${rows[@]}" \
		"$(of 17)?maxExplanations=3"
}

check_unsupervised() {
	asks '1.5 anomaly' 200 '*"predictionValues": \[{"label": "Anomaly Score", "value": *' \
		"${csv[@]}" --data-binary "@$samples/sensors.csv" "$(of 19)"
	is '1.5 the odd rows score high' \
		"$(pick '(.data[-2:] | map(.prediction) | min) > 0.5 and (.data[:-2] | map(.prediction) | max) < 0.5')" true
	asks '1.6 anomaly' 200 'ANOMALY_SCORE
0.*' "${csv[@]}" "${to_csv[@]}" --data-binary "@$samples/sensors.csv" "$(of 19)"
	asks '1.5 clustering' 200 '*"prediction": "Cluster 3"*"label": "Cluster 1"*' \
		"${csv[@]}" --data-binary "@$samples/customers.csv" "$(of 1a)"
	asks '1.6 clustering' 200 'PREDICTION,Cluster 1_PREDICTION,Cluster 2_PREDICTION,Cluster 3_PREDICTION
Cluster 3,*' "${csv[@]}" "${to_csv[@]}" --data-binary "@$samples/customers.csv" "$(of 1a)"
}

check_generation() {
	printf 'promptText,id\n"hello, ""world""\nü",1\n,2\n' >"$dir/prompts.csv"
	asks '1.5 text generation' 200 '*' "${csv[@]}" --data-binary "@$dir/prompts.csv" "$(of 1b)"
	is '1.5 the value is a text' "$(pick '.data[0] | [.prediction, .predictionValues]')" \
		'["hello, \"world\"\nü",[{"label":"resultText","value":"hello, \"world\"\nü"}]]'
	is '1.5 extra output per row' "$(pick '.data[0].extraModelOutput')" \
		'{"datarobot_token_count":3,"CITATION_CONTENT_0":"hello, \"world\"\nü","CITATION_PAGE_0":null}'
	asks '1.6 text generation' 200 'resultText_PREDICTION,datarobot_token_count,CITATION_CONTENT_0,CITATION_PAGE_0,id
"hello, ""world""
ü",3,"hello, ""world""
ü",,1
,0,,,2' "${csv[@]}" "${to_csv[@]}" --data-binary "@$dir/prompts.csv" "$(of 1b)?passthroughColumns=id"
	asks '1.5 the prompt column has its name' 422 "*'promptText'*" "${csv[@]}" --data-binary $'prompt\nx\n' "$(of 1b)"
	asks '1.5 prompts as JSON' 200 '*"prediction": "a"*' "${json[@]}" --data-binary '[{"promptText": "a"}]' "$(of 1b)"
}

check_unstructured() {
	local url=$STANDIN_URL/deployments/5f000000000000000000001f
	# docs/api.md 1.1.4: an opaque body, any type, no query arguments
	asks '1.1.4 text' 200 '{"bytes": 5, "words": 3}' -H 'Content-Type: text/plain' --data-binary 'a b c' \
		"$url/predictionsUnstructured"
	asks '1.1.4 bytes' 200 '*' -H 'Content-Type: image/png' --data-binary "@$dir/visits.csv.gz" \
		"$url/predictionsUnstructured"
	is '1.1.4 bytes come back' "$(md5sum <"$dir/body")" "$(md5sum <"$dir/visits.csv.gz")"
	is '1.5 octet-stream by default' "$(header Content-Type)" application/octet-stream
	is '1.7 model id' "$(header X-DataRobot-Model-Id)" 6a000000000000000000001f
	asks '1.13 with a query' 400 '*query parameters*' --data-binary a "$url/predictionsUnstructured?decimalsNumber=1"
	asks '1.8 the wrong endpoint for unstructured' 422 '*predictionsUnstructured*' "${csv[@]}" --data-binary a \
		"$url/predictions"
	asks '1.8 the wrong endpoint for structured' 422 '*unstructured*' "${csv[@]}" --data-binary a \
		"${regression}Unstructured"
	ask "${token[@]}" -H 'Content-Type: text/plain' --data-binary 'a b' \
		"$STANDIN_API_URL/deployments/5f000000000000000000001f/predictionsUnstructured/"
	is '1.1.6 unstructured, serverless' "$status $body" '200 {"bytes": 3, "words": 2}'
	asks '1.8 external deployment' 400 '*external*' "${csv[@]}" --data-binary $'a\n1\n' "$(of 24)"
}

check_exposure() {
	local rows=("${csv[@]}" --data-binary "@$samples/claims.csv")
	asks '1.3 adjusted predictions are left out by default' 200 '*' "${rows[@]}" "$(of 1c)"
	is '1.3 not there' "$(pick '[.data[] | has("adjustedPrediction")] | any')" false
	asks '1.3 adjusted predictions' 200 '*' "${rows[@]}" \
		"$(of 1c)?excludeAdjustedPredictions=false&passthroughColumns=exposure"
	is '1.5 adjusted by the exposure' \
		"$(pick '[.data[] | .adjustedPrediction * .passthroughValues.exposure - .prediction | fabs < 1e-6] | all')" true
	is '1.5 adjusted values' \
		"$(pick '.data[0] | .adjustedPredictionValues == [{label: "claims", value: .adjustedPrediction}]')" true
	asks '1.3 no exposure, no adjusted predictions' 422 "*'excludeAdjustedPredictions': not available*" \
		"${csv[@]}" --data-binary "@$dir/visits.csv" "$regression?excludeAdjustedPredictions=false"
	asks 'an exposure of zero' 400 "*row 1: the exposure 'exposure' must be a number above zero*" "${csv[@]}" \
		--data-binary "@-" "$(of 1c)" \
		< <(awk -F, -v OFS=, 'NR == 3 { $6 = 0 } 1' "$samples/claims.csv")
}

check_kinds() {
	check_binary_labels
	check_awkward_names
	check_multilabel
	check_unsupervised
	check_generation
	check_unstructured
	check_exposure
}
