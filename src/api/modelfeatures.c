/*
 * modelfeatures.c
 *		Asks for the features of a deployment.
 */
#include "postgres.h"

#include "api/jsonpath.h"
#include "api/modelfeatures.h"
#include "base/url.h"

static bool
add_feature(JsonbContainer *object, void *arg)
{
	List	  **features = arg;
	ModelFeature *feature = palloc0(sizeof(ModelFeature));

	feature->name = drs_jsonpath_text(object, "name");
	if (feature->name == NULL)
		return true;
	feature->type = drs_jsonpath_text(object, "featureType");
	feature->importance = drs_jsonpath_text(object, "importance");
	feature->date_format = drs_jsonpath_text(object, "dateFormat");
	feature->known_in_advance = drs_jsonpath_is_true(object, "knownInAdvance");
	*features = lappend(*features, feature);
	return true;
}

List *
drs_model_features(PublicApi *api, const char *id, ApiAnswer *refused)
{
	List	   *features = NIL;

	memset(refused, 0, sizeof(*refused));
	if (!drs_api_list(api, psprintf("/deployments/%s/features/?limit=100", drs_url_escape(id)),
					  add_feature, &features, refused))
		return NIL;
	return features;
}

List *
drs_model_features_needed(PublicApi *api, const char *id)
{
	ApiAnswer	refused;
	List	   *features = drs_model_features(api, id, &refused);

	if (refused.exchange == NULL || drs_api_has_status(&refused, 422))
		return features;
	if (drs_api_has_status(&refused, 404))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no deployment %s, or it is not yours", id),
				 errhint("datarobot.deployments() lists them.")));
	drs_api_raise(api, &refused);
}
