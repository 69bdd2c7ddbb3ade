# shellcheck shell=bash disable=SC2154,SC2016 # selftest's variables, jq's variables
# Prediction explanations: docs/api.md 1.3, 1.5, 1.6, 1.11. Sourced by selftest.

check_shap() {
	local rows=("${csv[@]}" --data-binary "@$samples/houses.csv")
	asks '1.5 SHAP' 200 '*' "${rows[@]}" "$(of 25)?maxExplanations=2"
	is '1.5 so many per row' "$(pick '[.data[].predictionExplanations | length] | unique')" '[2]'
	is '1.5 fields' "$(pick '[.data[].predictionExplanations[] | keys] | unique')" \
		'[["feature","featureValue","label","qualitativeStrength","strength"]]'
	is '1.5 no words, values as text' \
		"$(pick '[.data[].predictionExplanations[] | [.qualitativeStrength, (.featureValue | type)]] | unique')" \
		'[[null,"string"]]'
	is '1.5 metadata' "$(pick '[.data[].shapExplanationsMetadata | keys] | unique')" \
		'[["baseValue","remainingTotal","warnings"]]'
	is '1.5 base, strengths and the rest add up to the prediction' \
		"$(pick '[.data[] | .shapExplanationsMetadata.baseValue + .shapExplanationsMetadata.remainingTotal
			+ (.predictionExplanations | map(.strength) | add) - .prediction | fabs < 0.01] | all')" true
	is '1.5 the strongest first' \
		"$(pick '[.data[].predictionExplanations | map(.strength | fabs) | . == (sort | reverse)] | all')" true
	is '1.5 the label is the target' "$(pick '[.data[].predictionExplanations[].label] | unique')" '["price"]'
	asks '1.3 all' 200 '*' "${rows[@]}" "$(of 25)?maxExplanations=all"
	is '1.3 all: every feature' "$(pick '.data[0].predictionExplanations | map(.feature) | sort')" \
		'["area","district","heating","rooms","year"]'
	is '1.3 all: nothing remains' "$(pick '[.data[].shapExplanationsMetadata.remainingTotal] | unique')" '[0]'
	asks '1.3 SHAP by name, without a number: every feature' 200 '*' "${rows[@]}" "$(of 25)?explanationAlgorithm=shap"
	is '1.3 SHAP by name' "$(pick '.data[0].predictionExplanations | length')" 5
	asks '1.3 none unless asked' 200 '*' "${rows[@]}" "$(of 25)"
	is '1.3 none' "$(pick '[.data[] | has("predictionExplanations") or has("shapExplanationsMetadata")] | any')" false
	asks '1.3 SHAP ignores thresholds' 200 '*' "${rows[@]}" "$(of 25)?maxExplanations=1&thresholdHigh=1e9"
	is '1.3 SHAP: thresholds' "$(pick '[.data[].predictionExplanations | length] | unique')" '[1]'
	asks '1.6 SHAP' 200 \
		"$(joined price_PREDICTION EXPLANATION_1_FEATURE_NAME EXPLANATION_1_STRENGTH EXPLANATION_1_ACTUAL_VALUE \
			EXPLANATION_1_QUALITATIVE_STRENGTH SHAP_REMAINING_TOTAL SHAP_BASE_VALUE)"'
+([0-9.]),area,-+([0-9.]),81,,-+([0-9.]),+([0-9.])
*' "${rows[@]}" "${to_csv[@]}" "$(of 25)?maxExplanations=1"
	asks '1.3 decimals of strengths' 200 '*"strength": -132.5,*' "${rows[@]}" \
		"$(of 25)?maxExplanations=1&decimalsNumber=1"
	asks '1.5 a missing value' 200 '*"feature": "heating", "featureValue": null,*' "${csv[@]}" --data-binary "@-" \
		"$(of 25)?maxExplanations=all" < <(awk -F, -v OFS=, 'NR > 1 { $6 = "" } 1' "$samples/houses.csv")
}

check_xemp() {
	local rows=("${csv[@]}" --data-binary "@$samples/loans.csv") plain
	asks '1.5 XEMP' 200 '*' "${rows[@]}" "$(of 10)?maxExplanations=3"
	plain=$body
	is '1.5 values keep their types' \
		"$(pick '[.data[].predictionExplanations[] | select(.feature == "income").featureValue | type] | unique')" \
		'["number"]'
	is '1.5 the label is the positive class' "$(pick '[.data[].predictionExplanations[].label] | unique')" '[1]'
	is '1.5 words' \
		"$(pick '[.data[].predictionExplanations[].qualitativeStrength] | unique
			- ["+++", "++", "+", "<+", "<-", "-", "--", "---"]')" '[]'
	# docs/api.md 1.5: above 0.75 three signs, above 0.25 two, above 0.001 one
	is '1.5 words say how strong' \
		"$(pick '[.data[].predictionExplanations | (map(.strength | fabs) | max) as $m | .[] | (.strength / $m) as $s |
			.qualitativeStrength == (if ($s | fabs) > 0.75 then 3 elif ($s | fabs) > 0.25 then 2 else 1 end)
				* (if $s > 0 then "+" else "-" end)] | all')" true
	is '1.5 no SHAP metadata' "$(pick '[.data[] | has("shapExplanationsMetadata")] | any')" false
	# docs/api.md 1.3: only rows above high or below low; the others have an empty array
	asks '1.3 thresholds' 200 '*' "${rows[@]}" "$(of 10)?maxExplanations=3&thresholdHigh=0.6&thresholdLow=0.2"
	is '1.3 thresholds leave rows out' \
		"$(pick '[.data[] | (.predictionExplanations | length > 0)
			== (.predictionValues[0].value | . > 0.6 or . < 0.2)] | [all, length]')" '[true,20]'
	asks '1.6 thresholds leave cells empty' 200 $'*\n*,,,,\n*' "${rows[@]}" "${to_csv[@]}" \
		"$(of 10)?maxExplanations=1&thresholdHigh=0.6"
	asks '1.3 the default is the deployment'"'"'s algorithm' 200 "${plain//\[/\\[}" "${rows[@]}" \
		"$(of 10)?maxExplanations=3&explanationAlgorithm=xemp"
	asks '1.3 the other algorithm' 200 '*"shapExplanationsMetadata"*' "${rows[@]}" \
		"$(of 10)?maxExplanations=3&explanationAlgorithm=shap"
	asks '1.3 all is for SHAP' 422 '*all is for SHAP*' "${rows[@]}" "$(of 10)?maxExplanations=all"
	asks '1.3 XEMP by name, without a number: none' 200 '*' "${rows[@]}" "$(of 10)?explanationAlgorithm=xemp"
	is '1.3 XEMP by name' "$(pick '[.data[] | has("predictionExplanations")] | any')" false
}

check_class_explanations() {
	local rows=("${csv[@]}" --data-binary "@$samples/goods.csv")
	asks '1.3 multiclass: the best class' 200 '*' "${rows[@]}" "$(of 16)?maxExplanations=2"
	is '1.3 one class by default' \
		"$(pick '[.data[] | .prediction as $p | .predictionExplanations | map(.label == $p) | [all, length]]
			| unique')" \
		'[[true,2]]'
	asks '1.3 multiclass: the best two' 200 '*' "${rows[@]}" "$(of 16)?maxExplanations=2&explanationNumTopClasses=2"
	is '1.3 the best two' \
		"$(pick '[.data[] | (.predictionValues | sort_by(-.value) | .[:2] | map(.label))
			== ([.predictionExplanations[].label] | [.[0], .[2]])] | all')" true
	asks '1.3 multiclass: named ones' 200 '*' "${rows[@]}" \
		"$(of 15)?maxExplanations=1&explanationClassNames=season&explanationClassNames=%C3%A9t%C3%A9%2C%20%22chaud%22"
	is '1.3 named ones' "$(pick '[.data[].predictionExplanations | map(.label)] | unique')" \
		'[["season","été, \"chaud\""]]'
	asks '1.6 multiclass' 200 \
		'*,season_PREDICTION,CLASS_1,CLASS_1_EXPLANATION_1_FEATURE_NAME,*,CLASS_2,CLASS_2_EXPLANATION_1_FEATURE_NAME,*
*,season,*,"été, ""chaud""",*' "${rows[@]}" "${to_csv[@]}" \
	"$(of 15)?maxExplanations=1&explanationClassNames=season&explanationClassNames=%C3%A9t%C3%A9%2C%20%22chaud%22"
	asks '1.3 one or the other' 422 '*mutually exclusive*' "${rows[@]}" \
		"$(of 16)?maxExplanations=1&explanationNumTopClasses=2&explanationClassNames=1"
	asks '1.3 unknown class' 422 "*'explanationClassNames': the model has no class of this name*" "${rows[@]}" \
		"$(of 16)?maxExplanations=1&explanationClassNames=x"
	asks '1.3 for multiclass only' 422 "*'explanationClassNames': not available*" "${csv[@]}" \
		--data-binary "@$samples/loans.csv" "$(of 10)?explanationClassNames=1"
	asks '1.3 no SHAP for multiclass' 422 "*'explanationAlgorithm': not available*" "${rows[@]}" \
		"$(of 16)?explanationAlgorithm=shap"
}

check_ngrams() {
	local rows=("${csv[@]}" --data-binary "@-") text
	text=$'review,product\n"Größe: WORKS  GREAT, broke soon",lamp\n'
	asks '1.3 n-grams' 200 '*' "${rows[@]}" "$(of 20)?maxExplanations=2&maxNgramExplanations=all" <<<"$text"
	is '1.3 of text features only' \
		"$(pick '[.data[0].predictionExplanations[] | [.feature, (.perNgramTextExplanations | type)]] | sort')" \
		'[["product","null"],["review","array"]]'
	is '1.11 what they are' \
		"$(pick '[.data[0].predictionExplanations[].perNgramTextExplanations | select(.)[] | keys] | unique')" \
		'[["isUnknown","ngrams","qualitativeStrength","strength"]]'
	is '1.11 where they stand, in characters' \
		"$(pick '.data[0].predictionExplanations[].perNgramTextExplanations | select(.) | map(.ngrams[0])
			| map("Größe: WORKS  GREAT, broke soon"[.startingIndex:.endingIndex]) | sort')" \
		'["WORKS","broke","broke soon","soon"]'
	asks '1.3 so many' 200 '*' "${rows[@]}" "$(of 20)?maxExplanations=2&maxNgramExplanations=1" <<<"$text"
	is '1.3 the strongest' "$(pick '.data[0].predictionExplanations[].perNgramTextExplanations | select(.) | length')" 1
	asks '1.3 none unless asked' 200 '*' "${rows[@]}" "$(of 20)?maxExplanations=2" <<<"$text"
	is '1.3 none' "$(pick '[.data[0].predictionExplanations[] | has("perNgramTextExplanations")] | any')" false
}

check_explanation_routes() {
	local rows=("${csv[@]}" --data-binary "@$samples/houses.csv") explain
	explain=$STANDIN_URL/deployments/5f0000000000000000000025/predictionExplanations
	# docs/api.md 1.1.2: three by default
	asks '1.1.2' 200 '*' "${rows[@]}" "$explain"
	is '1.3 three by default' "$(pick '[.data[].predictionExplanations | length] | unique')" '[3]'
	asks '1.1.2 with a number' 200 '*' "${rows[@]}" "$explain/?maxExplanations=1"
	is '1.1.2: as many as asked' "$(pick '[.data[].predictionExplanations | length] | unique')" '[1]'
	asks '1.1.2 by the old name' 200 '*' "${rows[@]}" "$explain/?maxCodes=2"
	is '1.1.2: as many as asked by the old name' "$(pick '[.data[].predictionExplanations | length] | unique')" '[2]'
	asks '1.8 multiclass on the old route' 422 '*' "${csv[@]}" --data-binary "@$dir/voters.csv" \
		"$STANDIN_URL/deployments/5f0000000000000000000003/predictionExplanations"
	asks '1.8 no explanations to be had' 422 '*not available*' "${rows[@]}" \
		"$STANDIN_URL/deployments/5f00000000000000000000ff/predictionExplanations"
	asks '1.3 too many' 422 "*'maxExplanations': value must be between 0 and 100*" "${rows[@]}" \
		"$(of 25)?maxExplanations=101"
	asks '1.3 fewer than none' 422 "*'maxExplanations': value must be*" "${rows[@]}" "$(of 25)?maxExplanations=-1"
	asks '1.3 not a number' 422 "*'maxExplanations': value can't be converted to int*" "${rows[@]}" \
		"$(of 25)?maxExplanations=some"
	asks '1.3 the old name is not for this route' 422 "*'maxCodes': not available*" "${rows[@]}" "$(of 25)?maxCodes=3"
	asks '1.3 unknown algorithm' 422 "*'explanationAlgorithm': value doesn't match any variant*" "${rows[@]}" \
		"$(of 25)?explanationAlgorithm=lime"
}

check_explanations() {
	check_shap
	check_xemp
	check_class_explanations
	check_ngrams
	check_explanation_routes
}
