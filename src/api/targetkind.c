/*
 * targetkind.c
 *		Asks for the kind of a deployment's target, for answers that do not
 *		show whether predictions are numbers or text.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "api/address.h"
#include "api/client.h"
#include "api/deploymentcache.h"
#include "api/jsonpath.h"
#include "api/targetkind.h"
#include "base/clock.h"
#include "base/url.h"

/*
 * The type of the target in the deployment's record, palloc'd; NULL, with a
 * warning, when the record is refused.
 */
static char *
ask_for_kind(Endpoint *endpoint, const char *deployment)
{
	PublicApi  *api = drs_api_open(endpoint);
	ApiAnswer	answer =
		drs_api_send(api, psprintf("/deployments/%s/", drs_url_escape(deployment)), NULL);
	char	   *type = NULL;

	if (drs_api_has_status(&answer, 200))
		type = drs_jsonpath_text(&drs_api_json(api, &answer)->root, "model.targetType");
	else
		ereport(WARNING,
				(errmsg("what deployment %s predicts is not known", deployment),
				 errdetail("The public API does not return its record, so predictions are treated"
						   " as text.")));
	if (type)
		type = pstrdup(type);
	drs_api_close(api);
	return type;
}

void
drs_targetkind_learn(Endpoint *endpoint, Request *request)
{
	CachedDeployment *known;
	char	   *type;

	if (!drs_address_has_api(endpoint))
		return;
	known = drs_deploymentcache_get(endpoint, request->deployment);
	if (!drs_deploymentcache_is_fresh(endpoint, known->kind_asked))
	{
		type = ask_for_kind(endpoint, request->deployment);
		drs_deploymentcache_forget_kind(known);
		known->target_type = type ? MemoryContextStrdup(known->cxt, type) : NULL;
		known->kind_asked = drs_clock();
	}
	request->target_type = known->target_type ? pstrdup(known->target_type) : NULL;
}
