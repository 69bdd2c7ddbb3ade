/*
 * checkfeatures.c
 *		The function check: compares the columns of a query with the features of
 *		a deployment.
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

/* The association ID need not be a feature, but DataRobot may insist on it. */
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

/* Propose one option for all such columns, ready to be pasted. */
static void
propose_names(List *given, List *renamings)
{
	if (renamings)
		ereport(NOTICE,
				(errmsg("columns can be sent under the names of features: options => %s",
						quote_literal_cstr(drs_feature_names_json(given, renamings)))));
}

/* The verdicts (of FeatureVerdict *) on features, columns and association ID. */
static List *
compare_columns(const ScoreArguments *args)
{
	Endpoint   *endpoint = drs_arguments_resolve(args, OPTION_CALL);
	OpenDeployment deployment = drs_deployment_open(endpoint, args->deployment);
	List	   *features = drs_model_features_needed(deployment.api, deployment.id);
	bool		required;
	List	   *association = drs_deployment_association(deployment.api, deployment.id, &required);
	Columns    *columns;
	List	   *verdicts;

	drs_api_close(deployment.api);
	columns = drs_features_columns(&endpoint->options, deployment.id,
								   drs_source_describe(args->query), features, association);
	if (features == NIL)
		ereport(NOTICE,
				(errmsg("deployment %s has no list of features", deployment.id)));
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

	foreach(lc, compare_columns(&args))
		report_verdict(result, lfirst(lc));
	return (Datum) 0;
}
