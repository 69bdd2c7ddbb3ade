/*
 * featurecompare.c
 *		Compares the columns of a query with the features of a deployment, and
 *		looks the features up.
 */
#include "postgres.h"

#include "access/xact.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "api/address.h"
#include "api/deployment.h"
#include "api/deploymentcache.h"
#include "api/featurecompare.h"
#include "api/featurename.h"
#include "base/clock.h"
#include "base/closest.h"
#include "base/names.h"
#include "base/renaming.h"
#include "base/servermessage.h"
#include "base/subxact.h"
#include "http/transport.h"

#define MAX_NAMED 50			/* features in one message */

/* Is it the name of a key column? */
static bool
is_withheld_key(const Columns *columns, const char *name)
{
	return drs_names_column_among(columns->desc, columns->kept, columns->nkeys, name) >= 0;
}

/* Set why a feature may be missing, if that can be guessed. */
static void
explain_missing(FeatureVerdict *verdict, const Columns *columns)
{
	const char *name = verdict->feature;
	ClosestName closest;

	if (is_withheld_key(columns, name))
	{
		verdict->detail = pstrdup("It is among the key columns, which are not sent.");
		return;
	}
	verdict->lookalike = drs_feature_lookalike(name, columns);
	if (verdict->lookalike)
	{
		Renaming	renaming = {unconstify(char *, verdict->lookalike), unconstify(char *, name)};

		verdict->detail =
			psprintf("Perhaps the column \"%s\" is meant. The option %s sends it under that name.",
					 verdict->lookalike, drs_feature_names_json(NIL, list_make1(&renaming)));
		return;
	}
	if (strlen(name) >= NAMEDATALEN)
	{
		verdict->detail = psprintf("Its name is longer than %d bytes, the limit for names of"
								   " columns: use the option \"feature_names\".",
								   NAMEDATALEN - 1);
		return;
	}
	drs_closest_init(&closest, name);
	for (int i = 0; i < columns->nsent; i++)
		drs_closest_try(&closest,
						NameStr(TupleDescAttr(columns->desc, columns->sent[i])->attname));
	if (closest.found)
		verdict->detail = psprintf("Perhaps the column \"%s\" is meant.", closest.found);
}

static FeatureVerdict *
judge_feature(const ModelFeature *feature, const Columns *columns)
{
	FeatureVerdict *verdict = palloc0(sizeof(FeatureVerdict));
	int			place = drs_columns_find_sent(columns, feature->name);
	Form_pg_attribute attribute;

	verdict->feature = feature->name;
	verdict->feature_type = feature->type;
	if (place < 0)
	{
		verdict->status = FEATURE_MISSING;
		explain_missing(verdict, columns);
		return verdict;
	}
	attribute = TupleDescAttr(columns->desc, columns->sent[place]);
	verdict->query_type = attribute->atttypid;
	verdict->query_typmod = attribute->atttypmod;
	verdict->status = drs_type_risk(feature, NameStr(attribute->attname), verdict->query_type,
									&verdict->detail);
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
		verdicts = lappend(verdicts, judge_feature(lfirst(lc), columns));
	for (int i = 0; i < columns->nsent; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(columns->desc, columns->sent[i]);
		FeatureVerdict *verdict;

		if (is_feature(features, columns->names[i]))
			continue;
		verdict = palloc0(sizeof(FeatureVerdict));
		verdict->feature = columns->names[i];
		verdict->status = FEATURE_EXTRA;
		verdict->query_type = attribute->atttypid;
		verdict->query_typmod = attribute->atttypmod;
		verdicts = lappend(verdicts, verdict);
	}
	return verdicts;
}

/* Scoring does not depend on the public API: if it does not answer, rows are sent unchecked. */
static void
warn_unchecked(const Endpoint *endpoint, const char *deployment, const ApiAnswer *answer)
{
	const Exchange *exchange = answer->exchange;
	char	   *said = drs_server_message(exchange->body.data, exchange->body.len,
										  endpoint->secrets);

	ereport(WARNING,
			(errmsg("the features of deployment %s were not checked", deployment),
			 exchange->outcome == OUTCOME_REPLY ?
			 errdetail("The public API answered with HTTP status %d: %s.", exchange->status,
					   said ? said : "no reason given") :
			 errdetail("The public API does not answer: %s.", exchange->error[0] ?
					   drs_one_line(exchange->error, strlen(exchange->error), 200) :
					   drs_exchange_timings(exchange))));
}

/* The same for an answer that cannot be read. */
static void
warn_unreadable(const char *deployment, const ErrorData *error)
{
	ereport(WARNING,
			(errmsg("the features of deployment %s were not checked", deployment),
			 errdetail("The answer of the public API cannot be read: %s.", error->message)));
}

/* Ask for the association ID.  Older servers have no settings, and so no association ID. */
static void
ask_association(PublicApi *api, const char *deployment, CachedDeployment *known)
{
	ApiAnswer	refused;

	if (!drs_deployment_ask_association(api, deployment, &known->association,
										&known->association_required, &refused) &&
		!drs_api_has_status(&refused, 404) && !drs_api_has_status(&refused, 422))
		ereport(WARNING,
				(errmsg("the association ID of deployment %s is not known", deployment),
				 errdetail("The public API does not report its settings.")));
}

/* A look-up, and its result. */
typedef struct LookUp
{
	PublicApi  *api;
	const char *deployment;
	CachedDeployment *known;
	bool		answered;		/* with features, or that such a model has none */
	ApiAnswer	refused;		/* if not answered: the answer that refused it */
} LookUp;

static void
ask_for_features(void *arg)
{
	LookUp	   *look_up = arg;
	MemoryContext old = MemoryContextSwitchTo(look_up->known->features_cxt);

	look_up->known->features = drs_model_features(look_up->api, look_up->deployment,
												  &look_up->refused);
	look_up->answered = look_up->refused.exchange == NULL ||
		drs_api_has_status(&look_up->refused, 422);
	if (look_up->answered)		/* from here on refused is not valid: this sends another request */
		ask_association(look_up->api, look_up->deployment, look_up->known);
	MemoryContextSwitchTo(old);
}

/* Does the error say that the answer cannot be read? */
static bool
is_of_answer(const ErrorData *error)
{
	int			category = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return category == ERRCODE_TO_CATEGORY(ERRCODE_PROTOCOL_VIOLATION) ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_DATA_EXCEPTION);
}

List *
drs_features_renamings(List *verdicts)
{
	List	   *renamings = NIL;
	ListCell   *lc;

	foreach(lc, verdicts)
	{
		const FeatureVerdict *verdict = lfirst(lc);
		Renaming   *renaming;

		if (verdict->lookalike == NULL ||
			drs_renaming_apply(renamings, verdict->lookalike) != verdict->lookalike)
			continue;			/* a column can be sent under one name only */
		renaming = palloc(sizeof(Renaming));
		renaming->from = unconstify(char *, verdict->lookalike);
		renaming->to = unconstify(char *, verdict->feature);
		renamings = lappend(renamings, renaming);
	}
	return renamings;
}

/* Warn, or raise, when a look-up was not successful. */
static void
report_outcome(const Endpoint *endpoint, LookUp *look_up, const ErrorData *error)
{
	const ApiAnswer *refused = &look_up->refused;

	if (error)
	{
		drs_deploymentcache_forget_features(look_up->known);
		warn_unreadable(look_up->deployment, error);
		return;
	}
	if (look_up->answered)
		return;
	if (endpoint->options.call.send == SEND_FEATURES)
		drs_api_raise(look_up->api, refused);
	warn_unchecked(endpoint, look_up->deployment, refused);
}

/*
 * What the public API says of the deployment's columns; remembered for a
 * while, also when it says nothing.
 */
static CachedDeployment *
look_up(Endpoint *endpoint, const char *deployment)
{
	CachedDeployment *known = drs_deploymentcache_get(endpoint, deployment);
	LookUp		look_up = {.deployment = deployment, .known = known};
	ErrorData  *error = NULL;

	if (drs_deploymentcache_is_fresh(endpoint, known->features_asked))
		return known;
	drs_deploymentcache_forget_features(known);
	look_up.api = drs_api_open(endpoint);
	if (!drs_can_attempt())
		ask_for_features(&look_up);
	else
		error = drs_attempt(ask_for_features, &look_up, false);
	if (error && (!is_of_answer(error) || endpoint->options.call.send == SEND_FEATURES))
		ThrowErrorData(error);
	report_outcome(endpoint, &look_up, error);
	known->features_asked = drs_clock();
	drs_api_close(look_up.api);
	return known;
}

List *
drs_features_names(List *features)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, features)
		names = lappend(names, ((ModelFeature *) lfirst(lc))->name);
	return names;
}

/* The names of missing features, the first MAX_NAMED of them; palloc'd. */
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

static void
refuse_missing(const Options *options, const char *deployment, List *missing)
{
	const FeatureVerdict *first = linitial(missing);
	List	   *renamings = drs_features_renamings(missing);
	StringInfoData hint;

	initStringInfo(&hint);
	if (first->detail && first->lookalike == NULL)
		appendStringInfo(&hint, "%s ", first->detail);
	if (renamings)
		appendStringInfo(&hint, "Columns can be sent under other names: options => %s. ",
						 quote_literal_cstr(drs_feature_names_json(options->call.feature_names,
																   renamings)));
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("the query lacks features that deployment %s looks for", deployment),
			 errdetail("Missing: %s.", list_missing(missing)),
			 errhint("%sdatarobot.check() compares all columns; with the option \"check\" set to"
					 " false, rows are sent anyway.",
					 hint.data)));
}

/*
 * Raise when columns are missing that every request needs.  That others are, is reported
 * once per statement of the client, which may come here often.
 */
static void
check_columns(const Endpoint *endpoint, const char *deployment, CachedDeployment *known,
			  const Columns *columns)
{
	List	   *missing = NIL;
	TimestampTz statement = GetCurrentStatementStartTimestamp();
	bool		is_noted = known->noted_at == statement;
	ListCell   *lc;

	foreach(lc, known->features)
	{
		FeatureVerdict *verdict = judge_feature(lfirst(lc), columns);

		if (verdict->status == FEATURE_MISSING)
			missing = lappend(missing, verdict);
	}
	foreach(lc, known->association)
	{
		FeatureVerdict *verdict;

		if (drs_columns_find_sent(columns, lfirst(lc)) >= 0 ||
			is_feature(known->features, lfirst(lc)))
			continue;
		verdict = drs_features_judge_association(lfirst(lc), known->association_required, columns);
		if (known->association_required)
			missing = lappend(missing, verdict);
		else if (!is_noted)
			ereport(NOTICE,
					(errmsg("the query lacks \"%s\", the association ID of deployment %s",
							verdict->feature, deployment),
					 errdetail("Outcomes submitted later will not be matched to these"
							   " predictions.")));
		known->noted_at = statement;
	}
	if (missing)
		refuse_missing(&endpoint->options, deployment, missing);
}

FeatureVerdict *
drs_features_judge_association(const char *name, bool required, const Columns *columns)
{
	FeatureVerdict *verdict = palloc0(sizeof(FeatureVerdict));

	verdict->feature = name;
	verdict->status = required ? FEATURE_MISSING : FEATURE_NOT_SENT;
	verdict->lookalike = drs_feature_lookalike(name, columns);
	verdict->detail = psprintf("It is the deployment's association ID%s.",
							   required ? ", which every request must have" :
							   ", without which outcomes submitted later are not matched");
	return verdict;
}

static WantedColumns
wanted_columns(const Options *options, const char *deployment, List *features, List *association)
{
	WantedColumns wanted = {NIL, association};

	if (options->call.send != SEND_FEATURES)
		return wanted;
	if (features == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("deployment %s has no list of features", deployment),
				 errhint("Leave out the option \"send\".")));
	wanted.features = drs_features_names(features);
	return wanted;
}

Columns *
drs_features_columns(const Options *options, const char *deployment, TupleDesc desc,
					 List *features, List *association)
{
	WantedColumns wanted = wanted_columns(options, deployment, features, association);

	return drs_columns_choose(desc, options, &wanted);
}

Columns *
drs_features_choose(Endpoint *endpoint, const char *deployment, TupleDesc desc, bool check)
{
	const Options *options = &endpoint->options;
	CachedDeployment *known;
	Columns    *columns;

	if (options->call.send == SEND_FEATURES && !drs_address_has_api(endpoint))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the option \"send\" needs DataRobot's public API"),
				 errhint("Set the option \"api_url\" of server \"%s\".", endpoint->server_name)));
	if (!drs_address_has_api(endpoint) ||
		(!options->transfer.check && options->call.send != SEND_FEATURES))
		return drs_columns_choose(desc, options, NULL);
	known = look_up(endpoint, deployment);
	columns = drs_features_columns(options, deployment, desc, known->features, known->association);
	if (check && options->transfer.check)
		check_columns(endpoint, deployment, known, columns);
	return columns;
}
