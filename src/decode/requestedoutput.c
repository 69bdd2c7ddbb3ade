/*
 * requestedoutput.c
 *		Checks that answers contain what a call has asked for.
 *
 * A server that does not know a parameter may ignore it.  NULL would then
 * look like its usual meaning: that there is no warning, or nothing to
 * explain.
 */
#include "postgres.h"

#include "base/compat.h"
#include "decode/requestedoutput.h"

/*
 * The option that asks for explanations.  With thresholds none are demanded:
 * rows, and whole answers, may then have no explanations.
 */
static const char *
asks_for_explanations(const Options *options)
{
	const char *number = options->parameters.max_explanations ?
		options->parameters.max_explanations : options->parameters.max_codes;

	if (options->parameters.threshold_low || options->parameters.threshold_high ||
		(number && strcmp(number, "0") == 0))
		return NULL;
	return number == NULL ? NULL : options->parameters.max_explanations ? "max_explanations" :
		"max_codes";
}

AskedFor
drs_requestedoutput_for(const Options *options)
{
	AskedFor	asked = {.explanations = asks_for_explanations(options)};

	asked.forecasts = options->parameters.forecast_point ? "forecast_point" :
		options->parameters.predictions_start_date ? "predictions_start_date" : NULL;
	if (options->parameters.prediction_warning_enabled &&
		strcmp(options->parameters.prediction_warning_enabled, "true") == 0)
		asked.warnings = "prediction_warning_enabled";
	if (options->parameters.exclude_adjusted_predictions &&
		strcmp(options->parameters.exclude_adjusted_predictions, "false") == 0)
		asked.adjusted = "exclude_adjusted_predictions";
	return asked;
}

pg_noreturn static void
refuse(const char *part, const char *option, const Layout *layout)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the answer lacks %s, which the option \"%s\" asks for", part, option),
			 errdetail("Its columns are %s.", drs_layout_names(layout))));
}

/* Does the answer hand back a column of that name? */
static bool
hands_back(const Layout *layout, const char *name)
{
	for (int i = 0; i < layout->npassed; i++)
		if (strcmp(layout->headers[layout->passed[i]], name) == 0)
			return true;
	return false;
}

void
drs_requestedoutput_check(const AskedFor *asked, const Layout *layout, List *passed)
{
	ListCell   *lc;

	if (asked->explanations && !layout->has_explanations)
		refuse("explanations", asked->explanations, layout);
	if (asked->forecasts && !layout->has[ROLE_FORECAST_POINT])
		refuse("forecasts", asked->forecasts, layout);
	if (asked->warnings && !layout->has[ROLE_WARNING])
		refuse("outlier warnings", asked->warnings, layout);
	/* CSV has no column for adjusted predictions */
	if (asked->adjusted && layout->is_json && !layout->has[ROLE_ADJUSTED])
		refuse("adjusted predictions", asked->adjusted, layout);
	foreach(lc, passed)
		if (!hands_back(layout, lfirst(lc)))
			ereport(ERROR,
					(errcode(ERRCODE_PROTOCOL_VIOLATION),
					 errmsg("the answer lacks the column \"%s\", which the server was asked"
							" to pass through", (char *) lfirst(lc)),
					 errdetail("Its columns are %s.", drs_layout_names(layout)),
					 errhint("Without the option \"wire_passthrough\", columns are kept here.")));
}

bool
drs_requestedoutput_of_rows(const AskedFor *asked, const Layout *layout, List *passed)
{
	return layout->is_json && (passed != NIL || asked->explanations);
}

void
drs_requestedoutput_check_row(const AskedFor *asked, const Layout *layout, List *passed,
							  const ReplyRow *row)
{
	if (passed != NIL && row->npassed < list_length(passed))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("a row of the answer lacks columns that the server should pass through")));
	if (asked->explanations && !row->has_explanations)
		refuse("explanations for a row", asked->explanations, layout);
}
