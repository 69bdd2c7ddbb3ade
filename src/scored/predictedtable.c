/*
 * predictedtable.c
 *		What the public API says of a table's rows with their predictions.
 */
#include "postgres.h"

#include "api/address.h"
#include "api/deployment.h"
#include "api/featurecompare.h"
#include "base/names.h"
#include "base/renaming.h"
#include "rows/sourcecolumns.h"
#include "scored/predictedtable.h"
#include "scored/targetcolumns.h"

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
					 errhint("Use the argument \"prefix\" to give the predicted "
							 "columns other names.")));
	}
}

void
drs_predictedtable_ask(PredictedTable *table, const char *deployment)
{
	OpenDeployment open = drs_deployment_open(table->endpoint, deployment);
	Jsonb	   *record = drs_deployment_record(open.api, open.id);
	List	   *features;
	bool		required;

	table->id = open.id;
	table->predicted = drs_result_columns(&record->root, table->id);
	features = drs_model_features_needed(open.api, table->id);
	choose_keys(table, features, drs_deployment_association(open.api, table->id, &required));
	drs_api_close(open.api);

	/*
	 * Raise for missing features.  Columns that will not be sent still count as sent here, so
	 * that the hint can name the one that is probably meant.
	 */
	(void) drs_features_choose(table->endpoint, table->id, table->desc, true);
	/* Raise for options that do not fit together: readers could not change them. */
	(void) drs_address_request(table->endpoint, table->id);
	check_names(table);
}
