/*
 * datasources.c
 *		The functions batch_credentials and batch_data_stores: what settings of
 *		intake and output can name.
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/memutils.h"

#include "api/jsonpath.h"
#include "sql/jobs.h"
#include "sql/resultset.h"

PG_FUNCTION_INFO_V1(drs_batch_credentials);
PG_FUNCTION_INFO_V1(drs_batch_data_stores);

#define MAX_COLUMNS 5

/* A list of the public API, and where the columns are found in its objects. */
typedef struct SourceList
{
	const char *path;
	const char *columns[MAX_COLUMNS + 1];	/* ended by NULL */
	const char *url;			/* the one of them that is a URL; NULL: none */
	ResultSet  *result;
} SourceList;

static void
remove_parameters(char *url)
{
	url[strcspn(url, "?;#")] = '\0';
}

/*
 * Remove from a URL what may be a secret: user, password and parameters.  The first two are
 * before the host, or, where no slashes begin that, as in
 * jdbc:oracle:thin:user/password@host, after the name of the driver.
 */
static void
remove_secrets(char *url)
{
	char	   *host = strstr(url, "://");
	char	   *at = strchr(url, '@');
	bool		is_url = host && (at == NULL || host < at);
	char	   *user;

	if (is_url)
		remove_parameters(url);
	at = strrchr(url, '@');
	if (at && is_url)
		memmove(host + 3, at + 1, strlen(at + 1) + 1);
	else if (at)
	{
		for (user = url + strcspn(url, "/@"); user > url && user[-1] != ':';)
			user--;
		memmove(user, at, strlen(at) + 1);
	}
	remove_parameters(url);
}

static bool
put_source(JsonbContainer *object, void *arg)
{
	const SourceList *list = arg;
	MemoryContext old = MemoryContextSwitchTo(list->result->row_cxt);
	const char *values[MAX_COLUMNS] = {NULL};

	for (int i = 0; list->columns[i]; i++)
	{
		char	   *text = drs_jsonpath_text(object, list->columns[i]);

		if (text && list->columns[i] == list->url)
			remove_secrets(text);
		values[i] = text;
	}
	MemoryContextSwitchTo(old);
	drs_resultset_put(list->result, values);
	return true;
}

static Datum
return_list(FunctionCallInfo fcinfo, SourceList *list)
{
	PublicApi  *api;
	ApiAnswer	refused;

	list->result = drs_resultset_open(fcinfo);
	api = drs_jobs_open_api(fcinfo);
	if (!drs_api_list(api, list->path, put_source, list, &refused))
		drs_api_raise(api, &refused);
	drs_api_close(api);
	return (Datum) 0;
}

Datum
drs_batch_credentials(PG_FUNCTION_ARGS)
{
	SourceList	list = {
		.path = "/credentials/",
		.columns = {"credentialId", "name", "credentialType", "description", "creationDate"}
	};

	return return_list(fcinfo, &list);
}

Datum
drs_batch_data_stores(PG_FUNCTION_ARGS)
{
	static const char url[] = "params.jdbcUrl";
	SourceList	list = {
		.path = "/externalDataStores/",
		.columns = {"id", "canonicalName", "type", url, "updated"},
		.url = url
	};

	return return_list(fcinfo, &list);
}
