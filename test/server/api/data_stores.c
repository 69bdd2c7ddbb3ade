#define _GNU_SOURCE
#include "api/data_stores.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/pages.h"
#include "base/command_line.h"
#include "base/service_clock.h"
#include "base/timestamps.h"
#include "database/database.h"
#include "http/http_request.h"
#include "http/router.h"

/* What is kept of one sort: by its id, as it was sent, with what the service adds. */
struct shelf
{
	const char *path;			/* first part of the address */
	const char *id;				/* name of the id's field */
	const char *prefix;			/* of ids, eight hexadecimal digits */
	const char *required;		/* a text that each has */
	json_t	   *kept;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned made;
static struct shelf stores = {"externalDataStores", "id", "5d5d5d5d", "canonicalName", NULL};
static struct shelf credentials = {"credentials", "credentialId", "5c5c5c5c", "name", NULL};
static const char driver_id[] = "5b5b5b5b0000000000000001";
static const char user_id[] = "5e0000000000000000000001";
static const char jdbc[] = "jdbc:postgresql://";

/* ---- what is shown */

static json_t *
shown_store(const json_t *kept)
{
	json_t	   *shown = json_deep_copy(kept);

	json_object_set_new(shown, "role", json_string("OWNER"));
	json_object_set_new(shown, "creator", json_string(user_id));
	return shown;
}

/* Without the secrets. */
static json_t *
shown_credential(const json_t *kept)
{
	static const char *const fields[] = {
		"credentialId", "name", "credentialType", "description", "creationDate"
	};
	json_t	   *shown = json_object();

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		json_object_set(shown, fields[i], json_object_get(kept, fields[i]));
	if (!json_is_string(json_object_get(shown, "description")))
		json_object_set_new(shown, "description", json_string(""));
	return shown;
}

static json_t *
shown(const struct shelf *s, const json_t *kept)
{
	return s == &stores ? shown_store(kept) : shown_credential(kept);
}

static json_t *
driver(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:[s], s:s}", "id", driver_id, "className",
					 "org.postgresql.Driver", "canonicalName", "PostgreSQL", "creator", user_id,
					 "baseNames", "postgresql.jar", "type", "jdbc");
}

/* ---- making and changing */

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* NULL: an error is in the reply. */
static json_t *
read_body(struct request *r)
{
	json_t	   *json = json_loadb(r->body.data ? r->body.data : "", r->body.len, 0, NULL);

	if (json_is_object(json))
		return json;
	json_decref(json);
	reply_error(&r->reply, 400, "the body is no JSON object");
	return NULL;
}

/* False: an error is in the reply. */
static bool
check(struct request *r, const struct shelf *s, const json_t *object)
{
	const json_t *params = json_object_get(object, "params");
	const char *name = text_of(object, s->required);
	const char *url = text_of(params, "jdbcUrl");
	const char *type = text_of(object, s == &stores ? "type" : "credentialType");

	if (!name || !*name)
		return pages_refuse(r, s->required, "is required");
	if (!type)
		return pages_refuse(r, s == &stores ? "type" : "credentialType", "is required");
	if (s == &credentials && strcmp(type, "basic") == 0 && !text_of(object, "user"))
		return pages_refuse(r, "user", "is required");
	if (s == &stores && (!url || strncmp(url, jdbc, sizeof jdbc - 1) != 0))
		return pages_refuse(r, "params", "jdbcUrl must begin with jdbc:postgresql://");
	if (s == &stores && !text_of(params, "driverId"))
		return pages_refuse(r, "params", "driverId is required");
	return true;
}

static json_t *
time_now(void)
{
	char		text[TIMESTAMP_TEXT_MAX];

	timestamp_print_micro(text, service_now());
	return json_string(text);
}

static void
make(struct request *r, struct shelf *s)
{
	json_t	   *object = read_body(r);
	char		id[25];

	if (object && check(r, s, object))
	{
		snprintf(id, sizeof id, "%s%016x", s->prefix, ++made);
		json_object_set_new(object, s->id, json_string(id));
		json_object_set_new(object, s == &stores ? "updated" : "creationDate", time_now());
		if (!s->kept)
			s->kept = json_object();
		json_object_set(s->kept, id, object);
		reply_json_value(&r->reply, 201, shown(s, object));
	}
	json_decref(object);
}

/* Parameters of a store are replaced one by one. */
static void
change(struct request *r, const struct shelf *s, const char *id, const json_t *old)
{
	json_t	   *body = read_body(r);
	json_t	   *object = json_deep_copy(old);
	json_t	   *params = json_incref(json_object_get(object, "params"));

	if (body)
	{
		json_object_update(object, body);
		if (params && json_object_get(body, "params"))
			json_object_update(params, json_object_get(body, "params"));
		if (params)
			json_object_set(object, "params", params);
		json_object_set_new(object, s->id, json_string(id));
		if (check(r, s, object))
		{
			json_object_set(s->kept, id, object);
			reply_json_value(&r->reply, 200, shown(s, object));
		}
	}
	json_decref(params);
	json_decref(object);
	json_decref(body);
}

/* ---- where a store leads */

static char *
copy_of(const json_t *object, const char *name)
{
	const char *text = text_of(object, name);

	return text ? must_copy(text) : NULL;
}

/* libpq takes the address as JDBC has it, without the first word. */
static void
find(const char *store, const char *credential, struct database_target *target)
{
	const json_t *kept = store ? json_object_get(stores.kept, store) : NULL;
	const json_t *login = credential ? json_object_get(credentials.kept, credential) : NULL;
	const char *url = text_of(json_object_get(kept, "params"), "jdbcUrl");

	*target = (struct database_target) {0};
	if (url)
		target->address = must_copy(url + strlen("jdbc:"));
	else if (options.database)
		target->address = must_copy(options.database);
	target->user = copy_of(login, "user");
	target->password = copy_of(login, "password");
}

void
data_stores_find(const char *store, const char *credential, struct database_target *target)
{
	pthread_mutex_lock(&lock);
	find(store, credential, target);
	pthread_mutex_unlock(&lock);
}

/* {"user", "password"} or {"credentialId"} */
static void
test(struct request *r, const char *id)
{
	json_t	   *body = read_body(r);
	struct database_target target;
	struct database *d;

	if (!body)
		return;
	find(id, text_of(body, "credentialId"), &target);
	if (text_of(body, "user"))
	{
		free(target.user);
		free(target.password);
		target.user = copy_of(body, "user");
		target.password = copy_of(body, "password");
	}
	d = database_open(&target, NULL, NULL);
	if (database_is_open(d))
		reply_json_value(&r->reply, 200, json_pack("{s:s}", "message", "Connection successful"));
	else
		reply_error(&r->reply, 400, "%s", database_why(d));
	database_close(d);
	database_forget(&target);
	json_decref(body);
}

/* ---- routes */

static void
list(struct request *r, const struct shelf *s)
{
	static const char *const known[] = {
		"offset", "limit", "type", "types", "name", "orderBy", "substituteUrlParameters",
		"dataType", NULL
	};
	const char *name = pages_parameter(r, "name");
	const char *id;
	json_t	   *kept;
	json_t	   *all = json_array();

	json_object_foreach(s->kept, id, kept)
		if (!name || strcasestr(text_of(kept, s->required), name))
			json_array_append_new(all, shown(s, kept));
	if (pages_check_names(r, known))
		pages_answer(r, all, true);
	else
		json_decref(all);
}

static void
answer_one(struct request *r, const struct shelf *s, const char *id, const char *rest)
{
	const json_t *kept = json_object_get(s->kept, id);

	if (!kept)
		reply_error(&r->reply, 404, "Not found");
	else if (s == &stores && router_path_is(rest, "/test"))
	{
		if (router_is_method(r, "POST"))
			test(r, id);
	}
	else if (!router_path_is(rest, ""))
		router_not_found(r);
	else if (strcmp(r->method, "PATCH") == 0)
		change(r, s, id, kept);
	else if (strcmp(r->method, "DELETE") == 0)
	{
		json_object_del(s->kept, id);
		reply_set(&r->reply, 204, NULL, "");
	}
	else if (router_is_method(r, "GET"))
		reply_json_value(&r->reply, 200, shown(s, kept));
}

static bool
answer_shelf(struct request *r, struct shelf *s, const char *path)
{
	size_t		len = strlen(s->path);
	const char *id = path + len + 1;
	char		copy[64];

	if (strncmp(path, s->path, len) != 0 || (path[len] && !strchr("/?", path[len])))
		return false;
	if (!router_path_is(path, s->path))
	{
		snprintf(copy, sizeof copy, "%.*s", (int) strcspn(id, "/?"), id);
		answer_one(r, s, copy, id + strcspn(id, "/?"));
	}
	else if (strcmp(r->method, "POST") == 0)
		make(r, s);
	else if (router_is_method(r, "GET"))
		list(r, s);
	return true;
}

/* There is one driver. */
static bool
answer_drivers(struct request *r, const char *path)
{
	static const char drivers[] = "externalDataDrivers";
	size_t		len = sizeof drivers - 1;

	if (strncmp(path, drivers, len) != 0)
		return false;
	if (!router_is_method(r, "GET"))
		return true;
	if (router_path_is(path, drivers))
		pages_answer(r, json_pack("[o]", driver()), true);
	else if (path[len] == '/' && strncmp(path + len + 1, driver_id, sizeof driver_id - 1) == 0)
		reply_json_value(&r->reply, 200, driver());
	else
		reply_error(&r->reply, 404, "Not found");
	return true;
}

bool
data_stores_answer(struct request *r, const char *path)
{
	bool		mine;

	pthread_mutex_lock(&lock);
	mine = answer_shelf(r, &stores, path) || answer_shelf(r, &credentials, path)
		|| answer_drivers(r, path);
	pthread_mutex_unlock(&lock);
	return mine;
}

void
data_stores_reset(void)
{
	pthread_mutex_lock(&lock);
	json_decref(stores.kept);
	json_decref(credentials.kept);
	stores.kept = credentials.kept = NULL;
	pthread_mutex_unlock(&lock);
}
