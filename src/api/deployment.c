/*
 * deployment.c
 *		Finds deployments by id or label, and reads their records.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "api/deployment.h"
#include "api/jsonpath.h"
#include "base/closest.h"
#include "base/headertext.h"
#include "base/url.h"

#define ID_LENGTH 24

/* What follows the URL of a dedicated prediction server (docs/api.md 1.1). */
#define PREDICTION_API "/predApi/v1.0"

#define MAX_KEY_LENGTH 1000

/* A search for a label among deployments. */
typedef struct LabelSearch
{
	const char *label;
	char	   *id;				/* of the first that has it */
	StringInfoData ids;			/* of all that have it */
	int			count;
	ClosestName closest;
} LabelSearch;

bool
drs_deployment_is_id(const char *name)
{
	return strlen(name) == ID_LENGTH && strspn(name, "0123456789abcdefABCDEF") == ID_LENGTH;
}

const char *
drs_deployment_name(const Endpoint *endpoint, const char *deployment)
{
	if (deployment == NULL)
		deployment = endpoint->options.server.deployment;
	if (deployment == NULL || deployment[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("no deployment is named"),
				 errhint("Pass a deployment id or label, or set the option \"deployment\" of"
						 " server \"%s\".",
						 endpoint->server_name)));
	return deployment;
}

static bool
look_at_label(JsonbContainer *deployment, void *arg)
{
	LabelSearch *search = arg;
	char	   *id = drs_jsonpath_text(deployment, "id");
	char	   *label = drs_jsonpath_text(deployment, "label");

	if (id == NULL || label == NULL)
		return true;
	drs_closest_try(&search->closest, label);
	if (strcmp(label, search->label) != 0)
		return true;
	search->id = search->id ? search->id : id;
	appendStringInfo(&search->ids, "%s%s", search->count++ > 0 ? ", " : "", id);
	return true;
}

static void
list_deployments(PublicApi *api, const char *path, LabelSearch *search)
{
	ApiAnswer	refused;

	if (!drs_api_list(api, path, look_at_label, search, &refused))
		drs_api_raise(api, &refused);
}

char *
drs_deployment_id(PublicApi *api, const char *name)
{
	LabelSearch search = {.label = name};
	const char *sought;

	if (drs_deployment_is_id(name))
		return pstrdup(name);
	initStringInfo(&search.ids);
	drs_closest_init(&search.closest, name);
	sought = pg_server_to_any(name, (int) strlen(name), PG_UTF8);
	list_deployments(api, psprintf("/deployments/?limit=100&search=%s", drs_url_escape(sought)),
					 &search);
	if (search.count == 0)		/* for the hint, and in case the server's search works otherwise */
		list_deployments(api, "/deployments/?limit=100", &search);
	if (search.count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no deployment labelled \"%s\"", name),
				 search.closest.found ?
				 errhint("Perhaps you meant \"%s\".", search.closest.found) :
				 errhint("datarobot.deployments() lists them.")));
	if (search.count > 1)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_PARAMETER),
				 errmsg("%d deployments are labelled \"%s\"", search.count, name),
				 errdetail("Their ids are %s.", search.ids.data),
				 errhint("Pass the id of one.")));
	return search.id;
}

OpenDeployment
drs_deployment_open(Endpoint *endpoint, const char *name)
{
	OpenDeployment deployment = {.api = drs_api_open(endpoint)};

	deployment.id = drs_deployment_id(deployment.api, drs_deployment_name(endpoint, name));
	return deployment;
}

Jsonb *
drs_deployment_record(PublicApi *api, const char *id)
{
	ApiAnswer	answer = drs_api_send(api, psprintf("/deployments/%s/", drs_url_escape(id)), NULL);

	if (drs_api_has_status(&answer, 404))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no deployment %s, or it is not yours", id),
				 errhint("datarobot.deployments() lists them.")));
	if (!drs_api_has_status(&answer, 200))
		drs_api_raise(api, &answer);
	return drs_api_json(api, &answer);
}

bool
drs_deployment_ask_association(PublicApi *api, const char *id, List **names, bool *required,
							   ApiAnswer *refused)
{
	Jsonb	   *settings;

	*refused = drs_api_send(api, psprintf("/deployments/%s/settings/", drs_url_escape(id)), NULL);
	if (!drs_api_has_status(refused, 200))
		return false;
	settings = drs_api_json(api, refused);
	*required = drs_jsonpath_is_true(&settings->root,
									 "associationId.requiredInPredictionRequests");
	*names = drs_jsonpath_texts(&settings->root, "associationId.columnNames");
	return true;
}

List *
drs_deployment_association(PublicApi *api, const char *id, bool *required)
{
	ApiAnswer	answer;
	List	   *names;

	if (!drs_deployment_ask_association(api, id, &names, required, &answer))
		drs_api_raise(api, &answer);
	return names;
}

/* Raise for a record whose content cannot be used. */
static void
refuse_record(const Endpoint *endpoint, const char *what, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("server \"%s\" reports an unusable %s", endpoint->server_name, what),
			 errdetail_internal("%s", detail)));
}

char *
drs_deployment_prediction_url(const Endpoint *endpoint, JsonbContainer *record)
{
	char	   *platform = drs_jsonpath_text(record, "predictionEnvironment.platform");
	char	   *url = drs_jsonpath_text(record, "defaultPredictionServer.url");
	const char *problem;

	if (platform && strcmp(platform, "datarobotServerless") == 0)
		return pstrdup(endpoint->options.server.api_url);
	if (url == NULL)
		return NULL;
	problem = drs_url_problem(url, false);
	if (problem)
		refuse_record(endpoint, "prediction server", problem);
	if (drs_url_is_plain(url) && !endpoint->options.server.allow_http)
		refuse_record(endpoint, "prediction server",
					  "Its URL is not https, and the option \"allow_http\" is not set.");
	return psprintf("%s%s", drs_url_without_slashes(url), PREDICTION_API);
}

char *
drs_deployment_key(const Endpoint *endpoint, JsonbContainer *record)
{
	char	   *key = drs_jsonpath_text(record, "defaultPredictionServer.datarobot-key");

	if (key == NULL || key[0] == '\0')
		return NULL;
	if (strlen(key) > MAX_KEY_LENGTH || !drs_is_header_word(key))
		refuse_record(endpoint, "datarobot-key", "It cannot be the value of a header.");
	return key;
}
