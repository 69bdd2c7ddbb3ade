/*
 * featurecheck.c
 *		What is missing, what is extra, what may be misread.  PostgreSQL licence.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "closest.h"
#include "featurecheck.h"
#include "known.h"
#include "message.h"
#include "place.h"

#define MAX_NAMED 50			/* features in one message */

/* The column of that name among count of them; -1: none. */
static int
find_column(TupleDesc desc, const int *columns, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(NameStr(TupleDescAttr(desc, columns[i])->attname), name) == 0)
			return columns[i];
	return -1;
}

/* Why a feature may be missing, or NULL. */
static char *
explain_missing(const char *name, const Columns *columns)
{
	ClosestName closest;

	if (find_column(columns->desc, columns->kept, columns->nkeys, name) >= 0)
		return pstrdup("It is among the key columns, which are not sent.");
	if (strlen(name) >= NAMEDATALEN)
		return psprintf("Its name has more than %d bytes, the most that a column's name can have.", NAMEDATALEN - 1);
	drs_closest_init(&closest, name);
	for (int i = 0; i < columns->nsent; i++)
		drs_closest_try(&closest, NameStr(TupleDescAttr(columns->desc, columns->sent[i])->attname));
	return closest.found ? psprintf("Perhaps the column \"%s\" is meant.", closest.found) : NULL;
}

static FeatureVerdict *
judge(const ModelFeature *feature, const Columns *columns)
{
	FeatureVerdict *verdict = palloc0(sizeof(FeatureVerdict));
	int			column = find_column(columns->desc, columns->sent, columns->nsent, feature->name);

	verdict->feature = feature->name;
	verdict->feature_type = feature->type;
	if (column < 0)
	{
		verdict->status = FEATURE_MISSING;
		verdict->detail = explain_missing(feature->name, columns);
		return verdict;
	}
	verdict->query_type = TupleDescAttr(columns->desc, column)->atttypid;
	verdict->query_typmod = TupleDescAttr(columns->desc, column)->atttypmod;
	verdict->status = drs_type_risk(feature, feature->name, verdict->query_type, &verdict->detail);
	return verdict;
}

static bool
is_feature(List *features, const char *name)
{
	ListCell   *lc;

	foreach(lc, features)
		if (strcmp(((ModelFeature *) lfirst(lc))->name, name) == 0)
			return true;
	return false;
}

List *
drs_features_compare(List *features, const Columns *columns)
{
	List	   *verdicts = NIL;
	ListCell   *lc;

	foreach(lc, features)
		verdicts = lappend(verdicts, judge(lfirst(lc), columns));
	for (int i = 0; i < columns->nsent; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(columns->desc, columns->sent[i]);
		FeatureVerdict *verdict;

		if (is_feature(features, NameStr(attribute->attname)))
			continue;
		verdict = palloc0(sizeof(FeatureVerdict));
		verdict->feature = NameStr(attribute->attname);
		verdict->status = FEATURE_EXTRA;
		verdict->query_type = attribute->atttypid;
		verdict->query_typmod = attribute->atttypmod;
		verdicts = lappend(verdicts, verdict);
	}
	return verdicts;
}

/* Scoring does not depend on the public API: without its word, rows are sent unchecked. */
static void
warn_unchecked(const Endpoint *endpoint, const char *deployment, const ApiAnswer *answer)
{
	const Exchange *exchange = answer->exchange;
	char	   *said = drs_server_message(exchange->body.data, exchange->body.len, endpoint->secrets);

	if (drs_api_has_status(answer, 422))
		return;					/* a kind of model that has no features */
	ereport(WARNING,
			(errmsg("the features of deployment %s were not checked", deployment),
			 exchange->outcome == OUTCOME_REPLY ?
			 errdetail("The public API answered with HTTP status %d: %s.", exchange->status, said ? said : "no reason given") :
			 errdetail("The public API does not answer: %s.", drs_one_line(exchange->error, strlen(exchange->error), 200))));
}

/* The features of the deployment, remembered for a while.  An answer that says nothing is remembered, too. */
static List *
look_up(Endpoint *endpoint, const char *deployment)
{
	KnownDeployment *known = drs_known_deployment(endpoint, deployment);
	PublicApi  *api;
	MemoryContext old;
	ApiAnswer	refused;

	if (drs_known_is_fresh(endpoint, known->features_asked))
		return known->features;
	drs_known_forget_features(known);
	api = drs_api_open(endpoint);
	old = MemoryContextSwitchTo(known->features_cxt);
	known->features = drs_model_features(api, deployment, &refused);
	MemoryContextSwitchTo(old);
	known->features_asked = GetCurrentTimestamp();
	if (refused.exchange)
		warn_unchecked(endpoint, deployment, &refused);
	drs_api_close(api);
	return known->features;
}

/* Names and what is known of each, as far as there is room. */
static char *
list_missing(List *missing)
{
	StringInfoData text;
	int			count = 0;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, missing)
	{
		const FeatureVerdict *verdict = lfirst(lc);

		if (count++ == MAX_NAMED)
			break;
		appendStringInfo(&text, "%s\"%s\"", count > 1 ? ", " : "", verdict->feature);
	}
	if (list_length(missing) > MAX_NAMED)
		appendStringInfo(&text, " and %d more", list_length(missing) - MAX_NAMED);
	return text.data;
}

void
drs_features_check(Endpoint *endpoint, const char *deployment, const Columns *columns)
{
	List	   *missing = NIL;
	ListCell   *lc;
	const FeatureVerdict *first;

	if (!endpoint->options.check || !drs_place_has_api(endpoint))
		return;
	foreach(lc, look_up(endpoint, deployment))
	{
		FeatureVerdict *verdict = judge(lfirst(lc), columns);

		if (verdict->status == FEATURE_MISSING)
			missing = lappend(missing, verdict);
	}
	if (missing == NIL)
		return;
	first = linitial(missing);
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("the query lacks features that deployment %s looks for", deployment),
			 errdetail("Missing: %s.", list_missing(missing)),
			 errhint("%s%sdatarobot.check() compares all columns; the option \"check\" set to false sends rows all the same.",
					 first->detail ? first->detail : "", first->detail ? " " : "")));
}
