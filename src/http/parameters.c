/*
 * parameters.c
 *		Options that become parameters of a request (docs/api.md 1.3).
 */
#include "postgres.h"

#include "base/renaming.h"
#include "base/timeoption.h"
#include "base/url.h"
#include "http/parameters.h"

/* The query part while it is written. */
typedef struct Writing
{
	StringInfoData text;
	bool		by_old_name;
	const char *current;		/* option that the last parameters come from */
	size_t		current_len;	/* bytes they take */
	UrlQuery	query;
} Writing;

static void
refuse_pair(const char *a, const char *b, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("options \"%s\" and \"%s\" exclude each other", a, b),
			 detail ? errdetail_internal("%s", detail) : 0));
}

static void
check_explanations(const Options *options)
{
	if (options->parameters.max_codes && options->parameters.max_explanations)
		refuse_pair("max_codes", "max_explanations", "The first is the old name of the second.");
	if (options->parameters.explanation_num_top_classes &&
		options->parameters.explanation_class_names != NIL)
		refuse_pair("explanation_num_top_classes", "explanation_class_names", NULL);
	if (options->parameters.explanation_algorithm &&
		strcmp(options->parameters.explanation_algorithm, "xemp") == 0 &&
		options->parameters.max_explanations &&
		strcmp(options->parameters.max_explanations, "all") == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"max_explanations\" must be a number for the algorithm \"xemp\""),
				 errdetail("Only SHAP explains by all features.")));
}

/* Each time has been checked by itself. */
static void
check_times(const Options *options)
{
	const char *start = options->parameters.predictions_start_date;
	const char *end = options->parameters.predictions_end_date;
	Timestamp	from = 0;
	Timestamp	to = 0;

	if (options->parameters.forecast_point && (start || end))
		refuse_pair("forecast_point", start ? "predictions_start_date" : "predictions_end_date",
					"Predictions are made for one forecast point or for a range of dates.");
	if ((start == NULL) != (end == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("options \"predictions_start_date\" and \"predictions_end_date\" must be"
						" given together")));
	if (start == NULL)
		return;
	(void) drs_iso_time(start, &from);
	(void) drs_iso_time(end, &to);
	if (from >= to)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"predictions_start_date\" must be before"
						" \"predictions_end_date\""),
				 errdetail("The start belongs to the range, the end does not.")));
}

static void
refuse_parameter(const char *name, const char *wire_name, const char *value, void *arg)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("option \"%s\" cannot be combined with the addressing \"drum\"", name),
			 errdetail("DRUM takes no parameters: it would score without this one.")));
}

void
drs_parameters_check(const Options *options)
{
	if (options->server.addressing == ADDRESSING_DRUM)
		drs_options_visit_parameters(options, refuse_parameter, NULL);
	if (options->call.passthrough_columns_set && options->call.passthrough_columns != NIL)
		refuse_pair("passthrough_columns", "passthrough_columns_set", NULL);
	if (options->call.details && options->transfer.format == FORMAT_CSV)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"details\" needs answers in JSON"),
				 errhint("Leave the option \"format\" at \"auto\".")));
	check_explanations(options);
	check_times(options);
}

static void
add_parameter(const char *name, const char *wire_name, const char *value, void *arg)
{
	Writing    *writing = arg;
	int			before = writing->text.len;

	if (strcmp(name, "max_codes") == 0 && !writing->by_old_name)
		wire_name = "maxExplanations";
	appendStringInfo(&writing->text, "%c%s=", before == 0 ? '?' : '&', wire_name);
	drs_url_append_value(&writing->text, value);

	if (writing->current == NULL || strcmp(writing->current, name) != 0)
		writing->current_len = 0;
	writing->current = name;
	writing->current_len += writing->text.len - before;
	if (writing->current_len > writing->query.longest_len)
	{
		writing->query.longest = name;
		writing->query.longest_len = writing->current_len;
	}
}

/* Add the columns that the server is to return with the predictions. */
static void
add_passthrough(Writing *writing, const Options *options)
{
	ListCell   *lc;

	if (options->call.wire_passthrough && options->call.passthrough_columns_set)
	{
		add_parameter("passthrough_columns_set", "passthroughColumnsSet",
					  options->call.passthrough_columns_set, writing);
		return;					/* the row number of verify_order is among all columns */
	}
	if (options->call.wire_passthrough)
		foreach(lc, options->call.passthrough_columns)
			add_parameter("passthrough_columns", "passthroughColumns",
						  drs_renaming_apply(options->call.feature_names, lfirst(lc)), writing);
	if (options->call.verify_order)
		add_parameter("verify_order", "passthroughColumns", DRS_ORDER_COLUMN, writing);
}

UrlQuery
drs_parameters_query(const Options *options, bool by_old_name)
{
	Writing		writing = {.by_old_name = by_old_name};

	initStringInfo(&writing.text);
	add_passthrough(&writing, options);
	drs_options_visit_parameters(options, add_parameter, &writing);
	writing.query.text = writing.text.data;
	return writing.query;
}
