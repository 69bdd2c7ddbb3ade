/*
 * checkfeatures.c
 *		The function check: the features of a query beside those of a deployment.
 *		(checkconnection.c tests connections.)
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "api/deployment.h"
#include "api/featurecompare.h"
#include "api/featurename.h"
#include "rows/source.h"
#include "sql/arguments.h"
#include "sql/resultset.h"

PG_FUNCTION_INFO_V1(drs_check);

/* The column by which outcomes find predictions is no feature, but DataRobot may insist on it. */
static List *
judge_association(List *verdicts, List *names, bool required, const Columns *columns)
{
	ListCell   *name;

	foreach(name, names)
	{
		FeatureVerdict *ours = drs_features_judge_association(lfirst(name), required, columns);
		FeatureVerdict *verdict = NULL;
		ListCell   *lc;

		foreach(lc, verdicts)
			if (strcmp(((FeatureVerdict *) lfirst(lc))->feature, lfirst(name)) == 0)
				verdict = lfirst(lc);
		if (verdict == NULL)
			verdicts = lappend(verdicts, ours);
		else if (verdict->status == FEATURE_EXTRA)
		{
			verdict->status = FEATURE_MATCHED;
			verdict->detail = psprintf("It is the deployment's association ID%s.",
									   drs_columns_sends_key(columns, lfirst(name)) ?
									   ", so it is sent although it is a key column" : "");
		}
		else
			verdict->detail = ours->detail;
	}
	return verdicts;
}

static void
report_verdict(ResultSet *result, FeatureVerdict *verdict)
{
	static const char *const statuses[] = {"matched", "missing", "extra", "type at risk",
										   "date format", "not sent"};
	const char *values[] = {
		verdict->feature,
		statuses[verdict->status],
		OidIsValid(verdict->query_type) ?
		format_type_with_typemod(verdict->query_type, verdict->query_typmod) : NULL,
		verdict->feature_type,
		verdict->detail
	};

	drs_resultset_put(result, values);
}

/* All names together, ready to be pasted. */
static void
propose_names(List *given, List *renamings)
{
	if (renamings)
		ereport(NOTICE,
				(errmsg("columns can be sent by the names of features: options => %s",
						quote_literal_cstr(drs_feature_names_json(given, renamings)))));
}

/* Columns, features and association ID taken together. */
static List *
compare(const ScoreArguments *args)
{
	Endpoint   *endpoint = drs_endpoint_resolve(args->server, args->options, OPTION_CALL);
	PublicApi  *api;
	Columns    *columns;
	List	   *features;
	List	   *association;
	List	   *verdicts;
	bool		required;
	char	   *id;

	drs_arguments_merge_columns(args, &endpoint->options);
	api = drs_api_open(endpoint);
	id = drs_deployment_id(api, drs_deployment_name(endpoint, args->deployment));
	features = drs_model_features_needed(api, id);
	association = drs_deployment_association(api, id, &required);
	drs_api_close(api);
	columns = drs_features_columns(&endpoint->options, id, drs_source_describe(args->query),
								   features, association);
	if (features == NIL)
		ereport(NOTICE,
				(errmsg("deployment %s has no list of features", id)));
	verdicts = judge_association(drs_features_compare(features, columns), association, required,
								 columns);
	propose_names(endpoint->options.call.feature_names, drs_features_renamings(verdicts));
	return verdicts;
}

Datum
drs_check(PG_FUNCTION_ARGS)
{
	ScoreArguments args = drs_arguments_get(fcinfo, 0, 2);
	ResultSet  *result = drs_resultset_open(fcinfo);
	ListCell   *lc;

	foreach(lc, compare(&args))
		report_verdict(result, lfirst(lc));
	return (Datum) 0;
}
