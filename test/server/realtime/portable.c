#include "realtime/portable.h"

#include <jansson.h>
#include <pthread.h>
#include <string.h>

#include "api/catalogue.h"
#include "base/command_line.h"
#include "http/http_request.h"
#include "http/router.h"
#include "model/registry.h"

enum { MODELS_MAX = 256 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool unloaded[MODELS_MAX];	/* by the deployment's number */

static bool
is_loaded(const struct deployment *d)
{
	bool		loaded;

	pthread_mutex_lock(&lock);
	loaded = d->directory && d->number < MODELS_MAX && !unloaded[d->number];
	pthread_mutex_unlock(&lock);
	return loaded;
}

static void
set_loaded(const struct deployment *d, bool loaded)
{
	pthread_mutex_lock(&lock);
	unloaded[d->number] = !loaded;
	pthread_mutex_unlock(&lock);
}

void
portable_reset(void)
{
	pthread_mutex_lock(&lock);
	memset(unloaded, 0, sizeof unloaded);
	pthread_mutex_unlock(&lock);
}

struct deployment *
portable_find(const char *name, size_t len)
{
	struct deployment *d = registry_find_directory(name, len);

	return d && is_loaded(d) ? d : NULL;
}

struct deployment *
portable_single(void)
{
	return registry_find(options.portable, strlen(options.portable));
}

/* /deployments/NAME or /deployments/NAME/info; the name, or NULL. */
static const char *
folder_of(const char *path, size_t *len, bool *info)
{
	static const char prefix[] = "/deployments/";
	const char *name = path + sizeof prefix - 1;

	if (strncmp(path, prefix, sizeof prefix - 1) != 0)
		return NULL;
	*len = strcspn(name, "/?");
	*info = router_path_is(name + *len, "/info");
	return *len > 0 && (*info || router_path_is(name + *len, "")) ? name : NULL;
}

bool
portable_is_route(const char *path)
{
	size_t		len;
	bool		info;

	return router_path_is(path, "/info") || router_path_is(path, "/deployments")
		|| folder_of(path, &len, &info) != NULL;
}

static void
report(struct request *r, const struct deployment *d)
{
	if (!d)
		reply_error(&r->reply, 404, "Not found");
	else if (router_is_method(r, "GET"))
		reply_json_value(&r->reply, 200, catalogue_model(d));
}

static void
list(struct request *r)
{
	json_t	   *all = json_array();

	if (!router_is_method(r, "GET"))
	{
		json_decref(all);
		return;
	}
	for (size_t i = 0; i < registry_count(); i++)
		if (is_loaded(registry_at(i)))
			json_array_append_new(all, json_string(registry_at(i)->directory));
	reply_json_value(&r->reply, 200, json_pack("{s:o}", "deployments", all));
}

/* A package that is sent under a known name loads that model again; others cannot be read. */
static void
load(struct request *r, const struct deployment *d)
{
	if (!d)
		reply_error(&r->reply, 400, "the model package cannot be read");
	else
	{
		set_loaded(d, true);
		reply_json_value(&r->reply, 202, json_pack("{s:s}", "message", "loading"));
	}
}

static void
unload(struct request *r, const struct deployment *d)
{
	if (!d || !is_loaded(d))
		reply_error(&r->reply, 404, "Not found");
	else
	{
		set_loaded(d, false);
		reply_json_value(&r->reply, 202, json_pack("{s:s}", "message", "unloading"));
	}
}

void
portable_answer(struct request *r)
{
	size_t		len = 0;
	bool		info = false;
	const char *name = folder_of(r->rest, &len, &info);
	const struct deployment *d = name ? registry_find_directory(name, len) : NULL;

	if (router_path_is(r->rest, "/info"))
		report(r, portable_single());
	else if (!name)
		list(r);
	else if (info)
		report(r, d && is_loaded(d) ? d : NULL);
	else if (strcmp(r->method, "DELETE") == 0)
		unload(r, d);
	else if (router_is_method(r, "POST"))
		load(r, d);
}
