# shellcheck shell=bash disable=SC2154,SC2016 # selftest's variables, jq's variables
# Old and other addresses: docs/api.md 1.1, 1.2, 1.5, 1.8, 1.10. Sourced by selftest.

check_old_models() {
	local rows=("${csv[@]}" --data-binary "@$samples/houses.csv") model loans answer
	model=$STANDIN_URL/5b0000000000000000000025/6a0000000000000000000025
	loans=$STANDIN_URL/5b0000000000000000000010/6a0000000000000000000010
	asks '1.1.1' 200 '*' "${rows[@]}" "$(of 25)?passthroughColumns=id"
	answer=$body
	asks '1.1.7 project and model' 200 "${answer//\[/\\[}" "${rows[@]}" "$model/predict?passthroughColumns=id"
	is '1.7 the model id is for deployments' "$(header X-DataRobot-Model-Id)" ''
	like '1.7 execution time' "$(header X-DataRobot-Execution-Time)" '+([0-9]).+([0-9])'
	asks '1.1.7 as CSV' 200 'price_PREDICTION*' "${rows[@]}" "${to_csv[@]}" "$model/predict/"
	ask "${token[@]}" "${rows[@]}" "$model/predict"
	is '1.8 old routes need the key' "$status $(message)" '401 The datarobot-key header is missing'
	asks '1.1.7 unknown model' 404 '{"message": "Not found"}' "${rows[@]}" \
		"$STANDIN_URL/5b0000000000000000000025/6a0000000000000000000001/predict"
	asks '1.1.8' 200 '*"predictionExplanations"*' "${rows[@]}" "$model/predictionExplanations"
	asks '1.1.9' 200 '*' "${csv[@]}" --data-binary "@$samples/loans.csv" "$loans/reasonCodesPredictions?maxCodes=2"
	is '1.5 reason codes' "$(pick '[.data[] | [(.reasonCodes | length), has("predictionExplanations")]] | unique')" \
		'[[2,false]]'
	asks '1.1.9 by its own name' 422 "*'maxExplanations': not available*" "${csv[@]}" \
		--data-binary "@$samples/loans.csv" "$loans/reasonCodesPredictions?maxExplanations=2"
	asks '1.1.10' 200 '*"rowId": 28,*' "${csv[@]}" --data-binary "@$samples/sales_one.csv" \
		"$STANDIN_URL/5b0000000000000000000021/6a0000000000000000000021/timeSeriesPredict"
	asks '1.1.10 by the other verb' 422 '*timeSeriesPredict*' "${csv[@]}" --data-binary "@$samples/sales_one.csv" \
		"$STANDIN_URL/5b0000000000000000000021/6a0000000000000000000021/predict"
	# docs/api.md 1.1.11: an imported model asks nobody
	ask "${rows[@]}" "$STANDIN_URL/5c0000000000000000000025/predict?passthroughColumns=id"
	is '1.1.11 import, no credentials' "$status $body" "200 $answer"
	ask "${rows[@]}" "$STANDIN_URL/5c0000000000000000000999/predict"
	is '1.1.11 unknown import' "$status $(message)" '404 Not found'
}

check_v1() {
	local url=$STANDIN_V1_URL/5b0000000000000000000010/6a0000000000000000000010/predict
	local rows=(-u "somebody:$STANDIN_TOKEN" "${csv[@]}" --data-binary "@$samples/loans.csv")
	ask "${rows[@]}" "$url"
	is '1.1.12' "$status" 200
	is '1.5 before 1.0: envelope' "$(pick '[keys, .task, .code, .status, .version, .model_id]')" \
		"$(joined '[["code"' '"execution_time"' '"model_id"' '"predictions"' '"status"' '"task"' '"version"]' \
			'"Binary"' 200 '""' '"v1"' '"6a0000000000000000000010"]')"
	is '1.5 before 1.0: rows' "$(pick '.predictions[0] | [.row_id, .prediction, (.class_probabilities | keys)]')" \
		'[0,1,["0","1"]]'
	ask -u "somebody:$STANDIN_TOKEN" "${csv[@]}" --data-binary "@$samples/houses.csv" \
		"$STANDIN_V1_URL/5b0000000000000000000025/6a0000000000000000000025/predict"
	is '1.5 before 1.0: regression' "$(pick '[.task, (.predictions[0] | keys)]')" \
		'["Regression",["prediction","row_id"]]'
	ask -u somebody:wrong "${csv[@]}" --data-binary "@$samples/loans.csv" "$url"
	is '1.8 before 1.0: error' "$status $body" '403 {"status": "API token not valid", "code": 403}'
	ask -u somebody:wrong -H 'Expect: 100-continue' "${csv[@]}" --data-binary "@$samples/loans.csv" "$url"
	is '1.8 before 1.0: error, before the body' "$status $body" '403 {"status": "API token not valid", "code": 403}'
	ask -u "somebody:$STANDIN_TOKEN" "${csv[@]}" --data-binary "@$samples/goods.csv" \
		"$STANDIN_V1_URL/5b0000000000000000000016/6a0000000000000000000016/predict"
	is '1.5 before 1.0: knows two tasks' "$status $(jq .code <<<"$body")" '422 422'
	# docs/api.md 1.1.13, 1.1.14
	ask -u "$STANDIN_USER:$STANDIN_PASSWORD" "$STANDIN_URL/api_token"
	is '1.1.13' "$status $body" "200 {\"api_token\": \"$STANDIN_TOKEN\"}"
	ask -u "$STANDIN_USER:$STANDIN_PASSWORD" -X POST "$STANDIN_V1_URL/api_token/"
	is '1.1.13 POST, old' "$status $body" "200 {\"api_token\": \"$STANDIN_TOKEN\"}"
	ask -u "$STANDIN_USER:wrong" "$STANDIN_URL/api_token"
	is '1.1.13 wrong password' "$status" 401
	ask "$STANDIN_V1_URL/ping"
	like '1.1.14 ping' "$status $body" '200 *pong*'
	ask -u "somebody:$STANDIN_TOKEN" "$STANDIN_V1_URL/5b0000000000000000000010/models"
	is '1.1.14 models' "$(pick '.models[0]._id')" '"6a0000000000000000000010"'
}

check_portable() {
	local rows=("${csv[@]}" --data-binary "@$dir/voters.csv") single=$STANDIN_PORTABLE_URL/predictions answer
	asks 'reference' 200 '*' "${rows[@]}" "${to_csv[@]}" "$binary"
	answer=$body
	ask "${rows[@]}" "${to_csv[@]}" "$single"
	is '1.1.15 one model, no credentials' "$status $body" "200 $answer"
	ask "${rows[@]}" "${to_csv[@]}" -H 'Authorization: Bearer wrong' "$single/"
	is '1.10 credentials do not matter' "$status" 200
	ask "${rows[@]}" "${to_csv[@]}" "$STANDIN_PORTABLE_URL/deployments/vote/predictions"
	is '1.1.16 several models, by folder' "$status $body" "200 $answer"
	ask "${rows[@]}" "$single?decimalsNumber=2&passthroughColumns=id"
	like '1.10 the same parameters' "$status $body" '200 *"passthroughValues": {"id": 6}*'
	ask "${rows[@]}" "$single?wd=1"
	is '1.10 and the same strictness' "$status" 422
	ask -F "file=@$dir/voters.csv" "$single"
	is '1.10 CSV and JSON only' "$status" 415
	ask --cacert "$STANDIN_CA" "${rows[@]}" "${to_csv[@]}" "$STANDIN_PORTABLE_TLS_URL/predictions"
	is '1.10 through TLS' "$status $body" "200 $answer"
	ask "$STANDIN_PORTABLE_URL/ping"
	like '1.1.15 ping' "$status $body" '200 *pong*'
	ask "$STANDIN_PORTABLE_URL/info"
	is '1.1.15 info' "$status $(pick .modelId)" '200 "6a0000000000000000000002"'
	ask "$STANDIN_PORTABLE_URL/deployments"
	is '1.1.16 list' "$status $(pick .deployments)" '200 ["visits","vote","party","synthetic"]'
	ask "$STANDIN_PORTABLE_URL/deployments/party/info"
	is '1.1.16 info' "$status $(pick .modelId)" '200 "6a0000000000000000000003"'
	ask -X DELETE "$STANDIN_PORTABLE_URL/deployments/vote"
	is '1.1.16 unload' "$status" 202
	ask "${rows[@]}" "$STANDIN_PORTABLE_URL/deployments/vote/predictions"
	is '1.1.16 unloaded' "$status $(message)" '404 Not found'
	ask -X POST --data-binary 'package' "$STANDIN_PORTABLE_URL/deployments/vote"
	is '1.1.16 load' "$status" 202
	ask "${rows[@]}" "${to_csv[@]}" "$STANDIN_PORTABLE_URL/deployments/vote/predictions"
	is '1.1.16 loaded' "$status" 200
	ask "${rows[@]}" "$STANDIN_PORTABLE_URL/deployments/nothing/predictions"
	is '1.1.16 unknown folder' "$status $(message)" '404 Not found'
}

# What a serverless address takes: everything a dedicated server does, with Bearer only (docs/api.md 1.1.6, 1.2).
check_serverless() {
	local url=$STANDIN_API_URL/deployments
	ask "${token[@]}" "${csv[@]}" --data-binary "@$samples/houses.csv" \
		"$url/5f0000000000000000000025/predictions/?maxExplanations=1&passthroughColumns=id"
	like '1.1.6 with parameters' "$status $body" '200 *"predictionExplanations"*"passthroughValues"*'
	ask "${token[@]}" "${csv[@]}" "${to_csv[@]}" --data-binary "@$samples/sales_one.csv" \
		"$url/5f0000000000000000000021/predictions"
	like '1.1.6 time series' "$status $body" '200 FORECAST_POINT,*'
	ask -u "somebody:$STANDIN_TOKEN" "${csv[@]}" --data-binary "@$samples/houses.csv" \
		"$url/5f0000000000000000000025/predictions"
	is '1.2 serverless: Bearer only' "$status" 401
	ask "${token[@]}" "${csv[@]}" --data-binary "@$samples/houses.csv" \
		"$url/5f0000000000000000000025/predictionExplanations"
	is '1.1.2 is for dedicated servers' "$status" 404
}

check_addressing() {
	check_old_models
	check_v1
	check_portable
	check_serverless
}

# docs/api.md 6.5: who needs the key is not clear; a self-managed service may do without. A server of its own.
check_without_key() {
	start_server --no-key --portable 5f0000000000000000000025
	ask "${token[@]}" "${csv[@]}" --data-binary "@$dir/visits.csv" "$regression"
	is '6.5 no key needed' "$status" 200
	ask -H 'Authorization: Bearer wrong' "${csv[@]}" --data-binary "@$dir/visits.csv" "$regression"
	is '6.5 the token still is' "$status $(message)" '401 Invalid API token'
	ask "${csv[@]}" "${to_csv[@]}" --data-binary "@$samples/houses.csv" "$STANDIN_PORTABLE_URL/predictions"
	like '1.1.15 another model' "$body" 'price_PREDICTION*'
	stop_server
}
