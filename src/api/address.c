/*
 * address.c
 *		Makes the request that scores rows of a deployment, given its name.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "api/address.h"
#include "api/deployment.h"
#include "api/deploymentcache.h"
#include "api/drum.h"
#include "base/clock.h"

bool
drs_address_has_api(const Endpoint *endpoint)
{
	return endpoint->options.server.api_url != NULL &&
		endpoint->options.server.auth != AUTH_NONE &&
		endpoint->options.server.addressing == ADDRESSING_DEPLOYMENT;
}

/* Does the public API have to be asked?  Not about an id, if the server says where to score. */
static bool
must_ask(const Endpoint *endpoint, const char *deployment)
{
	return drs_address_has_api(endpoint) &&
		(endpoint->options.server.prediction_url == NULL ||
		 !drs_deployment_is_id(drs_deployment_name(endpoint, deployment)));
}

static void
ask_for_server(const Endpoint *endpoint, PublicApi *api, CachedDeployment *known)
{
	Jsonb	   *record = drs_deployment_record(api, known->id);
	char	   *url = drs_deployment_prediction_url(endpoint, &record->root);
	char	   *key = drs_deployment_key(endpoint, &record->root);

	if (url == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("deployment %s has no prediction server at DataRobot", known->id),
				 errdetail("Its prediction environment is not one of DataRobot's.")));
	known->prediction_url = MemoryContextStrdup(known->cxt, url);
	if (key)
		known->key = MemoryContextStrdup(known->cxt, key);
}

/* Ask for the id and, unless the server says where to score, for the prediction server. */
static void
ask_for_address(Endpoint *endpoint, CachedDeployment *known)
{
	PublicApi  *api = drs_api_open(endpoint);
	char	   *id = drs_deployment_id(api, known->name);

	drs_deploymentcache_forget_place(known);
	known->id = MemoryContextStrdup(known->cxt, id);
	if (endpoint->options.server.prediction_url == NULL)
		ask_for_server(endpoint, api, known);
	known->place_asked = drs_clock();
	drs_api_close(api);
}

/* Set in the endpoint what the record says, unless the options do. */
static void
move_to(Endpoint *endpoint, const CachedDeployment *known)
{
	if (endpoint->options.server.prediction_url != NULL)
		return;
	endpoint->options.server.prediction_url = pstrdup(known->prediction_url);
	if (known->key == NULL || endpoint->key != NULL)
		return;
	endpoint->key = pstrdup(known->key);
	endpoint->secrets = lappend(endpoint->secrets, endpoint->key);
}

/*
 * Find out where the deployment is, if necessary.  Returns its name in requests, which
 * is not copied: it may belong to the cache.
 */
static const char *
find_deployment(Endpoint *endpoint, const char *deployment)
{
	CachedDeployment *known;

	if (!must_ask(endpoint, deployment))
		return deployment;
	known = drs_deploymentcache_get(endpoint, drs_deployment_name(endpoint, deployment));
	if (!drs_deploymentcache_is_fresh(endpoint, known->place_asked))
		ask_for_address(endpoint, known);
	move_to(endpoint, known);
	return known->id;
}

Request *
drs_address_request(Endpoint *endpoint, const char *deployment)
{
	if (endpoint->options.server.addressing == ADDRESSING_DRUM)
	{
		Request    *request = drs_request_predictions(endpoint, deployment);

		drs_drum_learn(endpoint);
		return request;
	}
	return drs_request_predictions(endpoint, find_deployment(endpoint, deployment));
}

Request *
drs_address_unstructured(Endpoint *endpoint, const char *deployment, const char *content_type)
{
	return drs_request_unstructured(endpoint, find_deployment(endpoint, deployment), content_type);
}

/* The id of a deployment that is a label, from the cache or the public API. */
static char *
id_of_label(Endpoint *endpoint, const char *label)
{
	CachedDeployment *known = drs_deploymentcache_get(endpoint, label);
	OpenDeployment open;

	if (known->id && drs_deploymentcache_is_fresh(endpoint, known->place_asked))
		return pstrdup(known->id);
	open = drs_deployment_open(endpoint, label);
	drs_api_close(open.api);
	return open.id;
}

Request *
drs_address_batch(Endpoint *endpoint, const char *deployment)
{
	Request    *request = palloc0(sizeof(Request));
	const char *name;

	if (!drs_address_has_api(endpoint))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("server \"%s\" cannot score by batch jobs", endpoint->server_name),
				 errdetail("It has no option \"api_url\", or its models are not deployments of"
						   " DataRobot.")));
	drs_parameters_check(&endpoint->options);
	name = drs_deployment_name(endpoint, deployment);
	request->deployment = drs_deployment_is_id(name) ? pstrdup(name) :
		id_of_label(endpoint, name);
	request->public_api = true;
	request->body = request->answer = FORMAT_CSV;
	return request;
}
