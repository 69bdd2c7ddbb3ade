/*
 * batchdownloadfile.c
 *		The function batch_download_file: the result of a job as a file of the server.
 */
#include "postgres.h"

#include <sys/stat.h>
#include <unistd.h>

#include "catalog/pg_authid.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/acl.h"

#include "batch/csvrecords.h"
#include "sql/arguments.h"
#include "sql/resultdownload.h"

PG_FUNCTION_INFO_V1(drs_batch_download_file);

typedef struct ResultFile
{
	ResultDownload result;
	const char *path;
	char	   *temporary_path;
	FILE	   *file;
	const CsvDialect *dialect;	/* of the file */
	bool		counts;			/* can records be counted in the bytes as they are? */
	CsvPlace	place;
} ResultFile;

/* Refuse what COPY TO would refuse. */
static void
check_path(const char *path)
{
	if (path == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the path must not be NULL")));
	if (!has_privs_of_role(GetUserId(), ROLE_PG_WRITE_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to write a file of the server"),
				 errdetail("Only roles with privileges of the \"pg_write_server_files\" role may"
						   " do that.")));
	if (!is_absolute_path(path))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("relative path not allowed for a file that is written")));
}

/* Only the server's user may write it, as a file of COPY TO. */
static void
open_file(ResultFile *this)
{
	mode_t		mask = umask(S_IWGRP | S_IWOTH);

	this->temporary_path = psprintf("%s.%d.tmp", this->path, MyProcPid);
	PG_TRY();
	{
		this->file = AllocateFile(this->temporary_path, PG_BINARY_W);
	}
	PG_FINALLY();
	{
		umask(mask);
	}
	PG_END_TRY();
	if (this->file == NULL)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\" for writing: %m",
						this->temporary_path)));
}

static void
begin_file(ResultDownload *result)
{
	ResultFile *this = (ResultFile *) result;

	this->place = drs_csvrecords_start(this->dialect);
	result->nrecords = this->counts ? -1 : PG_INT64_MAX;	/* without the header */
	if (fseeko(this->file, 0, SEEK_SET) != 0 || ftruncate(fileno(this->file), 0) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not truncate file \"%s\": %m", this->temporary_path)));
}

static void
write_file(ResultDownload *result, const char *bytes, size_t len)
{
	ResultFile *this = (ResultFile *) result;

	if (this->counts)
		result->nrecords += drs_csvrecords_count(&this->place, bytes, len);
	else
		result->last_byte = '\n';	/* as far as can be seen */
	if (fwrite(bytes, 1, len, this->file) != len)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not write file \"%s\": %m", this->temporary_path)));
}

static void
end_file(ResultDownload *result)
{
	if (result->last_byte != '\n')
		result->nrecords++;
}

/* Give the file its name, now that all of it is there, also after a crash. */
static void
keep_file(ResultDownload *result)
{
	ResultFile *this = (ResultFile *) result;
	bool		good = fflush(this->file) == 0 && pg_fsync(fileno(this->file)) == 0;

	if (FreeFile(this->file) != 0 || !good)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not write file \"%s\": %m", this->temporary_path)));
	(void) durable_rename(this->temporary_path, this->path, ERROR);
}

/* batch_download_file(job, path, timeout, server, options) */
Datum
drs_batch_download_file(PG_FUNCTION_ARGS)
{
	static const ResultUse use = {begin_file, write_file, end_file, keep_file};
	ResultFile	this = {.path = drs_argument_text(fcinfo, 1)};
	ResultDownload *result = &this.result;

	check_path(this.path);
	drs_resultdownload_open(fcinfo, 0, result);
	this.dialect = result->plan.dialect;
	result->plan.dialect = NULL;	/* the file is in the format of the job */
	this.counts = drs_csvrecords_can(this.dialect);
	open_file(&this);
	PG_TRY();
	{
		drs_resultdownload_run(result, &use);
	}
	PG_CATCH();
	{
		(void) unlink(this.temporary_path);
		PG_RE_THROW();
	}
	PG_END_TRY();
	drs_api_close(result->api);
	PG_RETURN_INT64(result->nbytes);
}
