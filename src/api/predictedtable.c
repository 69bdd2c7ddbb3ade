/*
 * predictedtable.c
 *		What the public API says of a table's rows with their predictions.
 */
#include "postgres.h"

#include "api/address.h"
#include "api/deployment.h"
#include "api/featurecompare.h"
#include "api/modelfeatures.h"
#include "api/predictedtable.h"
#include "api/targetcolumns.h"
#include "base/names.h"
#include "base/renaming.h"
#include "rows/sourcecolumns.h"

/*
 * Columns that are neither features nor the association ID are not sent; when
 * nothing is known of features, all are.
 */
static void
choose_keys(PredictedTable *table, List *features, List *association)
{
	const CallOptions *call = &table->endpoint->options.call;
	List	   *wanted = list_concat(drs_features_names(features), association);

	table->keys = list_copy(call->key_columns);
	for (int i = 0; features != NIL && i < table->desc->natts; i++)
	{
		char	   *name = NameStr(TupleDescAttr(table->desc, i)->attname);
		const char *sent_as = drs_renaming_apply(call->feature_names, name);

		if (!drs_names_have(wanted, sent_as) && !drs_names_have(table->keys, name))
			table->keys = lappend(table->keys, name);
	}
}

char *
drs_predictedtable_name(const PredictedTable *table, const char *column)
{
	return psprintf("%s%s", table->prefix, column);
}

/* Raise when a predicted column would have the name of a column of the source. */
static void
check_names(const PredictedTable *table)
{
	ListCell   *lc;

	foreach(lc, table->predicted)
	{
		const char *name = drs_predictedtable_name(table, ((ResultColumn *) lfirst(lc))->name);

		if (drs_names_column(table->desc, name) >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("%s already has a column \"%s\"", table->source, name),
					 errhint("Use \"prefix\" to give the predicted columns other names.")));
	}
}

/* Set what follows from the deployment's record, its features and its association ID. */
static void
settle(PredictedTable *table, char *id, Jsonb *record, List *features, List *association)
{
	table->id = id;
	table->predicted = drs_result_columns(&record->root, id);
	choose_keys(table, features, association);
}

/* Raise for what makes the table unreadable: readers could not change it. */
static void
check(PredictedTable *table)
{
	if (table->endpoint->options.batch.method == METHOD_BATCH)
		(void) drs_address_batch(table->endpoint, table->id);
	else
		(void) drs_address_request(table->endpoint, table->id);
	check_names(table);
}

void
drs_predictedtable_ask(PredictedTable *table, const char *deployment)
{
	OpenDeployment open = drs_deployment_open(table->endpoint, deployment);
	Jsonb	   *record = drs_deployment_record(open.api, open.id);
	List	   *features = drs_model_features_needed(open.api, open.id);
	bool		required;

	settle(table, open.id, record, features,
		   drs_deployment_association(open.api, open.id, &required));
	drs_api_close(open.api);

	/*
	 * Raise for missing features.  Columns that will not be sent still count as sent here, so
	 * that the hint can name the one that is probably meant.
	 */
	(void) drs_features_choose(table->endpoint, table->id, table->desc, true);
	check(table);
}

/* Are columns of those names all sent? */
static bool
are_sent(const Columns *columns, List *names)
{
	ListCell   *lc;

	foreach(lc, names)
		if (drs_columns_find_sent(columns, lfirst(lc)) < 0)
			return false;
	return true;
}

/* The features of the deployment; NIL when they are not known, or not for us. */
static List *
known_features(PublicApi *api, const char *id)
{
	ApiAnswer	refused;
	List	   *features = drs_model_features(api, id, &refused);

	if (refused.exchange != NULL && !drs_api_has_status(&refused, 403) &&
		!drs_api_has_status(&refused, 404) && !drs_api_has_status(&refused, 422))
		drs_api_raise(api, &refused);
	return features;
}

bool
drs_predictedtable_fits(PredictedTable *table, PublicApi *api, char *id)
{
	const Options *options = &table->endpoint->options;
	List	   *features = known_features(api, id);
	List	   *association;
	bool		required;
	Jsonb	   *record;
	Columns    *columns;

	if (features == NIL)
		return false;
	record = drs_deployment_record(api, id);
	if (options->server.prediction_url == NULL &&
		drs_deployment_prediction_url(table->endpoint, &record->root) == NULL)
		return false;
	association = drs_deployment_association(api, id, &required);
	columns = drs_features_columns(options, id, table->desc, features, association);
	if (!are_sent(columns, drs_features_names(features)) ||
		(required && !are_sent(columns, association)))
		return false;
	settle(table, id, record, features, association);
	check(table);
	return true;
}
