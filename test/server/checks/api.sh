# shellcheck shell=bash disable=SC2154,SC2016 # selftest's variables, jq's variables
# The public API: docs/api.md 4. Sourced by selftest.

check_lists() {
	local url=$STANDIN_API_URL/deployments names=
	ask "${token[@]}" "$url/?limit=10"
	is '4.2 deployments' "$status $(pick '[.count, .totalCount, (.data | length), .previous]')" '200 [10,26,10,null]'
	like '4.3 next is absolute' "$(pick .next)" "\"$url/?offset=10&limit=10\""
	names=$(pick '.data[].id')
	while [ "$(pick .next)" != null ]; do
		ask "${token[@]}" "$(jq -r .next <<<"$body")"
		names+=$'\n'$(pick '.data[].id')
	done
	is '4.3 all pages' "$(sort -u <<<"$names" | wc -l) $(wc -l <<<"$names")" '26 26'
	like '4.3 previous' "$(pick .previous)" "\"$url/?offset=10&limit=10\""
	ask "${token[@]}" "$url"
	is '4.2 twenty by default' "$(pick .count)" 20
	ask "${token[@]}" "$url/?search=LOAN&orderBy=-label&limit=2"
	is '4.2 search and order' "$(pick '[.totalCount, .data[0].label]')" \
		'[5,"loan default, labels yes and no, in JSON 1 and 0"]'
	like '4.3 next keeps the question' "$(pick .next)" '*offset=2&limit=2&*search=LOAN*'
	for bad in limit=0 limit=101 limit=x offset=-1 orderBy=x wd=1; do
		ask "${token[@]}" "$url/?$bad"
		is "4.2 $bad" "$status $(pick .message)" '422 "Invalid field data"'
	done
	ask "${token[@]}" -X DELETE "$url/"
	is '4.2 method' "$status $(header Allow)" '405 GET'
	ask "$url/"
	is '4.1 no token' "$status" 401
	ask -H "Authorization: Token $STANDIN_TOKEN" "$url/"
	is '4.1 Token' "$status" 200
	ask "${token[@]}" "$STANDIN_API_URL/predictionServers/"
	is '4.2 prediction servers' \
		"$(pick '[.data[0]["datarobot-key"], .data[0].url, has("totalCount"), .data[0].batchPredictions]')" \
		"[\"$STANDIN_KEY\",\"${STANDIN_PORTABLE_URL}\",false,{\"processing\":0,\"queued\":0}]"
}

check_one_deployment() {
	local url=$STANDIN_API_URL/deployments/5f0000000000000000000022 kinds
	ask "${token[@]}" "$url/"
	is '4.2 deployment' "$status $(pick '[.id, .status, .model.targetName, .model.targetType, .model.id]')" \
		'200 ["5f0000000000000000000022","active","sales","Regression","6a0000000000000000000022"]'
	is '4.2 its fields' \
		"$(pick '["id", "label", "description", "status", "createdAt", "approvalStatus", "importance", "permissions",
			"owners", "capabilities", "settings", "governance", "predictionUsage", "serviceHealth", "modelHealth",
			"accuracyHealth", "modelPackage", "userProvidedId", "defaultPredictionServer", "predictionEnvironment",
			"model"] - keys')" '[]'
	is '4.2 its server' "$(pick '.defaultPredictionServer | [.url, .["datarobot-key"]]')" \
		"[\"$STANDIN_PORTABLE_URL\",\"$STANDIN_KEY\"]"
	ask "${token[@]}" "$STANDIN_API_URL/deployments/5f0000000000000000000025/"
	is '4.2 serverless has no server' "$(pick '[.defaultPredictionServer, .predictionEnvironment.platform]')" \
		'[null,"datarobotServerless"]'
	kinds=$(for id in 01 02 03 17 19 1a 1b 1f; do
		ask "${token[@]}" "$STANDIN_API_URL/deployments/5f00000000000000000000$id/"
		pick '[.model | .targetType, .unsupervisedMode, .unsupervisedType]'
	done)
	is '4.2 target types' "$kinds" '["Regression",false,null]
["Binary",false,null]
["Multiclass",false,null]
["Multilabel",false,null]
["Anomaly",true,"anomaly"]
["Multiclass",true,"clustering"]
["TextGeneration",false,null]
["Unstructured",false,null]'
	ask "${token[@]}" "$STANDIN_API_URL/deployments/5f0000000000000000000999/"
	is '4.2 unknown' "$status" 404
	ask "${token[@]}" "$STANDIN_API_URL/deployments/5f000000000000000000001d/settings/"
	is '4.2 settings' "$(pick '[.associationId, .humility.enabled, .predictionWarning.enabled]')" \
		'[{"columnNames":["id"],"requiredInPredictionRequests":true},true,true]'
}

check_features() {
	local url=$STANDIN_API_URL/deployments/5f0000000000000000000022/features
	ask "${token[@]}" "$STANDIN_API_URL/deployments/5f0000000000000000000010/features/"
	is '4.2 features' "$(pick '[.count, .totalCount, ([.data[].name] | sort)]')" \
		'[6,6,["amount","employed","income","late_payments","months","purpose"]]'
	is '4.2 by importance' "$(pick '[.data[].importance] | . == (sort | reverse)')" true
	is '4.2 fields of a feature' "$(pick '[.data[] | keys] | unique')" \
		'[["dateFormat","featureType","importance","knownInAdvance","name"]]'
	is '4.2 types' "$(pick '[.data[] | select(.name == "purpose" or .name == "amount").featureType] | sort')" \
		'["Categorical","Numeric"]'
	ask "${token[@]}" "$url/"
	is '4.2 of a time series' "$(pick '[.data[] | [.name, .featureType, .dateFormat, .knownInAdvance]] | sort')" \
		"$(joined '[["date","Date","%d.%m.%Y",false]' '["promotion","Numeric",null,true]' \
			'["sales","Numeric",null,false]' '["store","Categorical",null,false]]')"
	ask "${token[@]}" "$url/?search=PROMO&limit=1"
	is '4.2 search' "$(pick '[.totalCount, .data[0].name]')" '[1,"promotion"]'
	ask "${token[@]}" \
		"$STANDIN_API_URL/deployments/5f000000000000000000001d/features/?includeNonPredictionFeatures=true"
	is '4.2 the others, too' "$(pick '[.data[].name] | index("id") != null')" true
	ask "${token[@]}" "$STANDIN_API_URL/deployments/5f000000000000000000001f/features/"
	is '4.2 no features' "$status" 422
}

check_actuals() {
	local url=$STANDIN_API_URL/deployments/5f0000000000000000000001/actuals/fromJSON/ bad n got
	actuals() { ask "${token[@]}" "${json[@]}" --data-binary "$1" "$url"; }
	actuals '{"data": [
		{"associationId": "1", "actualValue": 2.5, "wasActedOn": true, "timestamp": "2024-01-01T00:00:00Z"},
		{"associationId": "2", "actualValue": 0}]}'
	is '4.4 actuals' "$status" 202
	got=$(header Location)
	like '4.5 Location' "$got" "$STANDIN_API_URL/status/*/"
	ask "${token[@]}" "$got"
	is '4.5 under way' "$status $(pick .status)" '200 "RUNNING"'
	ask "${token[@]}" "$got"
	is '4.5 done' "$status $(header Location)" "303 $STANDIN_API_URL/deployments/5f0000000000000000000001/"
	is 'the control route tells' "$(control actuals | jq -c '.["5f0000000000000000000001"] | map(.associationId)')" \
		'["1","2"]'
	for bad in '{}' '{"data": []}' '{"data": 1}' '{"data": [1]}' '{"data": [{"associationId": 1, "actualValue": 1}]}' \
		'{"data": [{"associationId": "", "actualValue": 1}]}' '{"data": [{"associationId": "1"}]}' \
		'{"data": [{"associationId": "1", "actualValue": null}]}' \
		'{"data": [{"associationId": "1", "actualValue": 1, "x": 1}]}' \
		'{"data": [{"associationId": "1", "actualValue": 1, "wasActedOn": 1}]}' \
		'{"data": [{"associationId": "1", "actualValue": 1, "timestamp": "yesterday"}]}' '{"data": [], "x": 1}'; do
		actuals "$bad"
		is "4.4 actuals $bad" "$status" 422
	done
	actuals '[]'
	is '4.4 actuals: no object' "$status" 400
	actuals "{\"data\": [{\"associationId\": \"$(printf '%0128d' 0)\", \"actualValue\": \"yes\"}]}"
	is '4.4 actuals: 128 characters' "$status" 202
	actuals "{\"data\": [{\"associationId\": \"$(printf '%0129d' 0)\", \"actualValue\": \"yes\"}]}"
	is '4.4 actuals: 129 characters' "$status" 422
	for n in 10000 10001; do
		jq -nc "{data: [range($n) | {associationId: \"\(.)\", actualValue: .}]}" >"$dir/actuals.json"
		ask "${token[@]}" "${json[@]}" --data-binary "@$dir/actuals.json" "$url"
		got+=" $status"
	done
	like '4.4 actuals: ten thousand rows' "$got" '* 202 422'
	ask "${token[@]}" "${json[@]}" --data-binary '{"data": [{"associationId": "1", "actualValue": 1}]}' \
		"$STANDIN_API_URL/deployments/5f0000000000000000000025/actuals/fromJSON/"
	is '4.4 actuals: no association id' "$status" 422
	reset
	# docs/api.md 4.4: forty requests a second
	curl -sS -o /dev/null -w '%{http_code} %header{retry-after}\n' "${token[@]}" "${json[@]}" \
		--data-binary '{"data": [{"associationId": "1", "actualValue": 1}]}' \
		"${url/fromJSON\//fromJSON/?n=[1-60\]}" >"$dir/many" 2>"$dir/error" || true
	holds '4.4 too many at once' "$(grep -c '^429 1' "$dir/many")" -gt 0
	reset
}

check_api_faults() {
	local url=$STANDIN_API_URL/deployments/
	fault '{"fault": "status", "status": 503, "route": "api"}'
	asks 'not for predictions' 200 '*' "${csv[@]}" --data-binary "@$dir/visits.csv" "$regression"
	ask "${token[@]}" "$url"
	is 'a fault of the API' "$status" 503
	fault '{"fault": "foreign_next", "route": "api", "location": "http://127.0.0.2:1"}'
	ask "${token[@]}" "$url?limit=1"
	is '4.3 next leads elsewhere' "$(pick .next)" '"http://127.0.0.2:1/api/v2/deployments/?offset=1&limit=1"'
	fault '{"fault": "html", "route": "api"}'
	ask "${token[@]}" "$url"
	like '4.1 the body may be no JSON' "$status $body" '200 <!DOCTYPE*'
	fault '{"fault": "reset", "route": "api"}'
	ask "${token[@]}" "$url"
	is 'reset' "$status $code" '000 56'
	like 'no deployment' \
		"$(control faults -d '{"fault": "hang", "route": "api", "deployment": "5f0000000000000000000001"}')" \
		'*takes no deployment*'
}

check_api() {
	check_lists
	check_one_deployment
	check_features
	check_actuals
	check_api_faults
}
