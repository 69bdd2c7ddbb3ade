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
#include "sql/jobs.h"

PG_FUNCTION_INFO_V1(drs_batch_upload);
PG_FUNCTION_INFO_V1(drs_batch_upload_file);

/* batch_upload(job, query, server, options) */
Datum
drs_batch_upload(PG_FUNCTION_ARGS)
{
	char	   *id = drs_jobs_id(fcinfo, 0);
	char	   *query = drs_argument_text(fcinfo, 1);
	PublicApi  *api;
	int64		nrows;

	if (query == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the query must not be NULL")));
	api = drs_jobs_open_api(fcinfo);
	nrows = drs_rowdata_send(drs_jobdata_open(api, id), query, &drs_api_endpoint(api)->options);
	drs_api_close(api);
	PG_RETURN_INT64(nrows);
}

/* Open a file as COPY FROM would. */
static FILE *
open_file(const char *path)
{
	struct stat status;
	FILE	   *file;

	if (path == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the path must not be NULL")));
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

/* batch_upload_file(job, path, server, options) */
Datum
drs_batch_upload_file(PG_FUNCTION_ARGS)
{
	char	   *id = drs_jobs_id(fcinfo, 0);
	char	   *path = drs_argument_text(fcinfo, 1);
	FILE	   *file = open_file(path);
	PublicApi  *api = drs_jobs_open_api(fcinfo);
	int64		nbytes = drs_filedata_send(drs_jobdata_open(api, id), path, file);

	FreeFile(file);
	drs_api_close(api);
	PG_RETURN_INT64(nbytes);
}
