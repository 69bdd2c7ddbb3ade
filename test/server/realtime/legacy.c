#include "realtime/legacy.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/command_line.h"
#include "http/auth.h"
#include "http/http_request.h"
#include "http/router.h"
#include "model/registry.h"

void
legacy_token(struct request *r)
{
	if (strcmp(r->method, "POST") != 0 && !router_is_method(r, "GET"))
		return;
	if (auth_is_user(r))
		reply_json_value(&r->reply, 200, json_pack("{s:s}", "api_token", options.token));
	else
		reply_error(&r->reply, 401, "Invalid username or password");
}

void
legacy_models(struct request *r)
{
	json_t	   *models;

	if (!auth_check(r))
		return;
	models = json_array();
	for (size_t i = 0; i < registry_count(); i++)
	{
		const struct deployment *d = registry_at(i);

		if (strcasecmp(d->project_id, r->id) == 0)
			json_array_append_new(models, json_pack("{s:s, s:s}", "_id", d->model_id, "name",
													d->label));
	}
	if (json_array_size(models) > 0)
		reply_json_value(&r->reply, 200, json_pack("{s:o}", "models", models));
	else
	{
		reply_error(&r->reply, 404, "Not found");
		json_decref(models);
	}
}

void
legacy_error(struct request *r)
{
	json_t	   *error = json_loadb(r->reply.body.data, r->reply.body.len, 0, NULL);
	json_t	   *message = json_object_get(error, "message");
	char	   *text;

	if (message && r->reply.status >= 400)
	{
		json_t	   *old = json_pack("{s:O, s:i}", "status", message, "code", r->reply.status);

		text = json_dumps(old, 0);
		r->reply.body.len = 0;
		buffer_text(&r->reply.body, text);
		free(text);
		json_decref(old);
	}
	json_decref(error);
}
