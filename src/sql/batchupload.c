/*
 * batchupload.c
 *		The functions batch_upload and batch_upload_file.
 */
#include "postgres.h"

#include <sys/stat.h>

#include "catalog/pg_authid.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/acl.h"

#include "batch/filedata.h"
#include "batch/jobdata.h"
#include "batch/rowdata.h"
#include "sql/arguments.h"

PG_FUNCTION_INFO_V1(drs_batch_upload);
PG_FUNCTION_INFO_V1(drs_batch_upload_file);

/* A text argument that must not be NULL. */
static char *
needed_text(FunctionCallInfo fcinfo, int arg, const char *name)
{
	char	   *text = drs_argument_text(fcinfo, arg);

	if (text == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the %s must not be NULL", name)));
	return text;
}

/* batch_upload(job, query, server) */
Datum
drs_batch_upload(PG_FUNCTION_ARGS)
{
	char	   *id = needed_text(fcinfo, 0, "job");
	char	   *query = needed_text(fcinfo, 1, "query");
	Endpoint   *endpoint = drs_endpoint_resolve(drs_argument_text(fcinfo, 2), NULL, OPTION_CALL);
	PublicApi  *api = drs_api_open(endpoint);
	int64		nrows = drs_rowdata_send(drs_jobdata_open(api, id), query, &endpoint->options);

	drs_api_close(api);
	PG_RETURN_INT64(nrows);
}

/* Open a file as COPY FROM would. */
static FILE *
open_file(const char *path)
{
	struct stat status;
	FILE	   *file;

	if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to read a file of the server"),
				 errdetail("Only roles with privileges of the \"pg_read_server_files\" role may"
						   " do that.")));
	file = AllocateFile(path, PG_BINARY_R);
	if (file == NULL || fstat(fileno(file), &status) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\" for reading: %m", path)));
	if (S_ISDIR(status.st_mode))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is a directory", path)));
	return file;
}

/* batch_upload_file(job, path, server) */
Datum
drs_batch_upload_file(PG_FUNCTION_ARGS)
{
	char	   *id = needed_text(fcinfo, 0, "job");
	char	   *path = needed_text(fcinfo, 1, "path");
	Endpoint   *endpoint = drs_endpoint_resolve(drs_argument_text(fcinfo, 2), NULL, OPTION_CALL);
	FILE	   *file = open_file(path);
	PublicApi  *api = drs_api_open(endpoint);
	int64		nbytes = drs_filedata_send(drs_jobdata_open(api, id), path, file);

	FreeFile(file);
	drs_api_close(api);
	PG_RETURN_INT64(nbytes);
}
