/*
 * route.c
 *		Finds the route to a model (docs/api.md 1.1).
 *
 * The prefix of all routes is part of prediction_url, so dedicated servers
 * (/predApi/v1.0), serverless deployments (/api/v2), the oldest API (/api/v1) and
 * portable servers (none) need no code of their own.
 */
#include "postgres.h"

#include "base/url.h"
#include "http/route.h"

static const char *choose_model(const Endpoint *endpoint, const char *deployment);
static bool is_model_name(const char *name, Addressing addressing);
static const char *project_verb(const Options *options);

static void
check_prediction_url(const Endpoint *endpoint)
{
	if (endpoint->options.server.prediction_url == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_OPTION_NAME_NOT_FOUND),
				 errmsg("server \"%s\" has no option \"prediction_url\"", endpoint->server_name),
				 errhint("Use ALTER SERVER ... OPTIONS (ADD prediction_url"
						 " 'https://.../predApi/v1.0').")));
}

Route
drs_route_scoring(const Endpoint *endpoint, const char *deployment)
{
	const Options *options = &endpoint->options;
	const char *model;
	Route		route = {0};

	check_prediction_url(endpoint);
	model = choose_model(endpoint, deployment);
	route.model = pstrdup(model);
	switch ((Addressing) options->server.addressing)
	{
		case ADDRESSING_DEPLOYMENT:
			route.path = psprintf("/deployments/%s/predictions", model);
			break;
		case ADDRESSING_PROJECT:
			route.path = psprintf("/%s/%s", model, project_verb(options));
			route.by_old_name = options->parameters.max_codes != NULL;
			break;
		case ADDRESSING_IMPORT:
			route.path = psprintf("/%s/predict", model);
			break;
		case ADDRESSING_PPS:
			route.path = pstrdup("/predictions");
			break;
		case ADDRESSING_DRUM:
			route.path = pstrdup("/predict/");
	}
	return route;
}

Route
drs_route_unstructured(const Endpoint *endpoint, const char *deployment)
{
	Route		route = drs_route_scoring(endpoint, deployment);

	switch ((Addressing) endpoint->options.server.addressing)
	{
		case ADDRESSING_DEPLOYMENT:
			route.path = psprintf("/deployments/%s/predictionsUnstructured", route.model);
			break;
		case ADDRESSING_PPS:
			route.path = pstrdup("/predictionsUnstructured");
			break;
		case ADDRESSING_DRUM:
			route.path = pstrdup("/predictUnstructured/");
			break;
		case ADDRESSING_PROJECT:
		case ADDRESSING_IMPORT:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("server \"%s\" has no unstructured models", endpoint->server_name),
					 errdetail("Its option \"addressing\" says that it is an old one.")));
	}
	return route;
}

/* Old servers have a route for each kind of prediction (docs/api.md 1.1.7 to 1.1.10). */
static const char *
project_verb(const Options *options)
{
	if (options->parameters.max_codes)
		return "reasonCodesPredictions";
	if (options->parameters.max_ngram_explanations ||
		(options->parameters.max_explanations &&
		 strcmp(options->parameters.max_explanations, "0") != 0))
		return "predictionExplanations";
	if (options->parameters.forecast_point || options->parameters.predictions_start_date ||
		options->parameters.relax_known_in_advance_features_check ||
		drs_options_name_series(options))
		return "timeSeriesPredict";
	return "predict";
}

const char *
drs_route_placeholder_model(const Options *options)
{
	switch ((Addressing) options->server.addressing)
	{
		case ADDRESSING_PPS:
		case ADDRESSING_DRUM:
			return NULL;
		case ADDRESSING_PROJECT:
			return "000000000000000000000000/000000000000000000000000";
		default:
			return "000000000000000000000000";
	}
}

/*
 * What to call the model of a server that has only one.  Raises for a named
 * deployment: the caller expects to score with that.
 */
static const char *
single_model(const Endpoint *endpoint, const char *deployment)
{
	const char *named = deployment ? deployment : endpoint->options.server.deployment;

	if (named)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("server \"%s\" has a single model, but the deployment \"%s\" is named",
						endpoint->server_name, named),
				 errdetail("The option \"addressing\" of the server is \"%s\".",
						   endpoint->options.server.addressing == ADDRESSING_PPS ? "pps" : "drum"),
				 deployment ? errhint("Pass NULL as the deployment.") :
				 errhint("Use ALTER SERVER ... OPTIONS (DROP deployment).")));
	return endpoint->options.server.addressing == ADDRESSING_PPS ? "of the portable server" :
		"of the model server";
}

/*
 * What names the model, checked: it becomes part of a path, and nothing in it may
 * change that path's meaning.
 */
static const char *
choose_model(const Endpoint *endpoint, const char *deployment)
{
	Addressing	addressing = (Addressing) endpoint->options.server.addressing;

	if (addressing == ADDRESSING_PPS || addressing == ADDRESSING_DRUM)
		return single_model(endpoint, deployment);
	if (deployment == NULL)
		deployment = endpoint->options.server.deployment;
	if (deployment == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("no deployment is named"),
				 errhint("Pass a deployment id, or set the option \"deployment\" of server"
						 " \"%s\".",
						 endpoint->server_name)));
	if (!is_model_name(deployment, addressing))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid deployment id: \"%s\"", deployment),
				 errdetail("It becomes part of a URL and may contain only letters, digits and"
						   " -._~."),
				 addressing == ADDRESSING_PROJECT ?
				 errhint("With the addressing \"project\" it is a project's id, a slash, and a"
						 " model's id.") :
				 errhint("DataRobot shows the id, 24 hexadecimal digits, on the deployment's"
						 " Predictions tab.")));
	return deployment;
}

/* Can it be a segment of a path, between two slashes? */
static bool
is_segment(const char *text, size_t len)
{
	if (len == 0 || (len <= 2 && text[0] == '.' && text[len - 1] == '.'))
		return false;
	for (size_t i = 0; i < len; i++)
		if (!drs_url_is_unreserved(text[i]))
			return false;
	return true;
}

static bool
is_model_name(const char *name, Addressing addressing)
{
	const char *slash = strchr(name, '/');

	if (addressing != ADDRESSING_PROJECT)
		return is_segment(name, strlen(name));
	return slash && is_segment(name, slash - name) && is_segment(slash + 1, strlen(slash + 1));
}
