/*
 * drum.c
 *		Asks DRUM about its model: GET /info/ returns the type of its target
 *		and its labels.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "api/deploymentcache.h"
#include "api/drum.h"
#include "api/jsonpath.h"
#include "base/clock.h"
#include "base/compat.h"
#include "base/servermessage.h"
#include "http/failure.h"
#include "http/request.h"
#include "http/transport.h"

/* The name of its model in the cache of deployments, whose names are never empty. */
#define MODEL ""

/* The JSON object in a body, in the current memory context; NULL when there is none. */
static Jsonb *
read_object(const char *body, size_t len)
{
	char	   *json;
	Jsonb	   *object;

	if (len == 0 || !pg_verify_mbstr(PG_UTF8, body, (int) len, true))
		return NULL;
	json = pnstrdup(body, len);
	drs_clean_json(json);
	json = pg_any_to_server(json, (int) strlen(json), PG_UTF8);
	if (pg_parse_json(drs_json_lexer(json, (int) strlen(json), GetDatabaseEncoding()),
					  &nullSemAction) != JSON_SUCCESS)
		return NULL;
	object = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(json)));
	return JB_ROOT_IS_OBJECT(object) ? object : NULL;
}

char *
drs_drum_describe(const char *body, size_t len)
{
	Jsonb	   *info = read_object(body, len);
	char	   *type = info ? drs_jsonpath_text(&info->root, "targetType") : NULL;
	char	   *version = info ? drs_jsonpath_text(&info->root, "drumVersion") : NULL;

	return type && version ? psprintf("a model of the type %s, by DRUM %s", type, version) : NULL;
}

/*
 * The answer to the question, in the current memory context; raises when there
 * is none with status 200.
 */
static Exchange *
ask_for_model(Endpoint *endpoint)
{
	FailureScope scope = {.attempts = 1};
	Request    *request = drs_request_get(endpoint, endpoint->options.server.prediction_url,
										  DRS_DRUM_INFO);
	Transport  *transport = drs_transport_open(drs_serveraccess(endpoint));
	Exchange   *exchange = drs_exchange_start(transport, CurrentMemoryContext, request);

	drs_exchange_await(exchange);
	if (!drs_exchange_is_good(exchange))
		drs_failure_raise(exchange, endpoint, request, &scope);
	return exchange;
}

/*
 * Raise unless rows can be sent to models of this type: others have a route of
 * their own, or outputs that we could misread.
 */
static void
check_type(const Endpoint *endpoint, const char *type)
{
	static const char *const types[] = {
		"regression", "binary", "multiclass", "textgeneration", "anomaly", "agenticworkflow",
		"geopoint"
	};

	for (size_t i = 0; i < lengthof(types); i++)
		if (strcmp(type, types[i]) == 0)
			return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("server \"%s\" has a model of the type \"%.100s\", which does not score rows",
					endpoint->server_name, type),
			 strcmp(type, "unstructured") == 0 ? errhint("Use datarobot.predict_unstructured.") :
			 0));
}

static void
learn_model(Endpoint *endpoint, CachedDeployment *known)
{
	Exchange   *exchange = ask_for_model(endpoint);
	Jsonb	   *info = read_object(exchange->body.data, exchange->body.len);
	char	   *type = info ? drs_jsonpath_text(&info->root, "targetType") : NULL;
	char	   *positive = info ? drs_jsonpath_text(&info->root, "positiveClassLabel") : NULL;

	if (type == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("server \"%s\" does not answer as DRUM does", endpoint->server_name),
				 errdetail("Its answer has no \"targetType\"."),
				 errhint("Check the options \"prediction_url\" and \"addressing\".")));
	check_type(endpoint, type);
	drs_deploymentcache_forget_place(known);
	known->positive_class = positive ? MemoryContextStrdup(known->cxt, positive) : NULL;
	known->place_asked = drs_clock();
}

void
drs_drum_learn(Endpoint *endpoint)
{
	CachedDeployment *known = drs_deploymentcache_get(endpoint, MODEL);
	MemoryContext cxt;
	MemoryContext old;

	if (!drs_deploymentcache_is_fresh(endpoint, known->place_asked))
	{
		cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring DRUM",
									ALLOCSET_DEFAULT_SIZES);
		old = MemoryContextSwitchTo(cxt);
		learn_model(endpoint, known);
		MemoryContextSwitchTo(old);
		MemoryContextDelete(cxt);
	}
	if (endpoint->options.call.positive_class == NULL && known->positive_class)
		endpoint->options.call.positive_class = pstrdup(known->positive_class);
}
