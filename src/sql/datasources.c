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
	ResultSet  *result;
} SourceList;

/* A URL without what may be a secret: user, password and parameters.  In place. */
static char *
public_part(char *url)
{
	char	   *host = strstr(url, "//");
	char	   *at;

	url[strcspn(url, "?;#")] = '\0';
	at = host ? strrchr(host, '@') : NULL;
	if (at)
		memmove(host + 2, at + 1, strlen(at + 1) + 1);
	return url;
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

		values[i] = text && strstr(text, "//") ? public_part(text) : text;
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
	SourceList	list = {
		.path = "/externalDataStores/",
		.columns = {"id", "canonicalName", "type", "params.jdbcUrl", "updated"}
	};

	return return_list(fcinfo, &list);
}
