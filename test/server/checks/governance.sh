# shellcheck shell=bash disable=SC2154,SC2016 # selftest's variables, jq's variables
# Approval, prediction warnings, association ids and humility: docs/api.md 1.3, 1.5, 1.6, 1.8. Sourced by selftest.

check_warnings() {
	local rows=("${csv[@]}" --data-binary "@$samples/houses.csv")
	asks '1.5 approval status' 200 '*' "${rows[@]}" "$(of 1d)"
	is '1.5 approval status of every row' "$(pick '[.data[].deploymentApprovalStatus] | unique')" '["APPROVED"]'
	is '1.5 no warnings unless asked' "$(pick '[.data[] | has("isOutlierPrediction")] | any')" false
	asks '1.6 approval status' 200 'price_PREDICTION,DEPLOYMENT_APPROVAL_STATUS
+([0-9.]),APPROVED
*' "${rows[@]}" "${to_csv[@]}" "$(of 1d)"
	asks '1.3 prediction warnings' 200 '*' "${rows[@]}" "$(of 1d)?predictionWarningEnabled=true"
	is '1.5 outside the bounds' \
		"$(pick '[.data[] | .isOutlierPrediction == (.predictionValues[0].value | . < 100 or . > 500)] | all')" true
	is '1.5 some are, some are not' "$(pick '[.data[].isOutlierPrediction] | unique')" '[false,true]'
	asks '1.6 prediction warnings' 200 'price_PREDICTION,IS_OUTLIER_PREDICTION,DEPLOYMENT_APPROVAL_STATUS
*,@(True|False),APPROVED
*' "${rows[@]}" "${to_csv[@]}" "$(of 1d)?predictionWarningEnabled=true"
	asks '1.3 warnings need bounds' 422 "*'predictionWarningEnabled': not available*" "${rows[@]}" \
		"$(of 25)?predictionWarningEnabled=true"
	asks '4.2 the association id is required' 422 "*'id'*" "${csv[@]}" --data-binary "@-" "$(of 1d)" \
		< <(cut -d, -f2- "$samples/houses.csv")
}

check_humility() {
	local rows=("${csv[@]}" --data-binary "@$samples/houses.csv")
	asks '1.5 humility' 200 '*' "${rows[@]}" "$(of 1d)?passthroughColumnsSet=all"
	is '1.5 a rule on the prediction overrides it, the values stay' \
		"$(pick '[.data[] | (.predictionValues[0].value | . < 120 or . > 600) == (.prediction == 5220)] | all')" true
	is '1.5 and is triggered' \
		"$(pick '[.data[] | select(.prediction == 5220).humility[]
			| select(.ruleId == "5ebad4735f11b33a38ff3e0d").triggered] | [unique, length > 0]')" \
		'[[true],true]'
	is '1.5 a rule on a category' \
		"$(pick '[.data[] | (.passthroughValues.heating == "oil")
			== ((.humility // [])[2].triggered // false)] | all')" true
	is '1.5 a rule on a number' \
		"$(pick '[.data[] | (.passthroughValues.year < 1910) == ((.humility // [])[1].triggered // false)] | all')" true
	is '1.5 fields' "$(pick '[.data[].humility | select(.)[] | keys] | unique')" '[["ruleId","ruleName","triggered"]]'
	is '1.5 the key is there when a rule is triggered' "$(pick '[.data[] | has("humility")] | unique')" '[false,true]'
	asks '1.6 the override in CSV' 200 $'*\n5220,APPROVED*' "${rows[@]}" "${to_csv[@]}" "$(of 1d)"
	# docs/api.md 1.8: an error rule fails the whole request, with this body
	asks '1.8 humility error' 480 '{"message": "Humility ReturnError action triggered."}' "${rows[@]}" "$(of 1e)"
	asks '1.8 no such row, no error' 200 '*"deploymentApprovalStatus": "PENDING"*' "${csv[@]}" --data-binary "@-" \
		"$(of 1e)" < <(head -4 "$samples/houses.csv")
}

check_governance() {
	check_warnings
	check_humility
}
