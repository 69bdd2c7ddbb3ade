/*
 * batchdownload.c
 *		The functions batch_download, batch_download_as and batch_download_file:
 *		read the result of a job.
 *
 * Nothing of a result counts before its end: rows are returned, and a file gets its
 * name, when all of it has come and the job is complete.
 */
#include "postgres.h"

#include <sys/stat.h>
#include <unistd.h>

#include "access/htup_details.h"
#include "catalog/pg_authid.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "api/client.h"
#include "api/jsonpath.h"
#include "base/compat.h"
#include "batch/csvrecords.h"
#include "batch/download.h"
#include "batch/job.h"
#include "batch/markcolumns.h"
#include "config/endpoint.h"
#include "decode/csvreader.h"
#include "decode/fill.h"
#include "decode/reply.h"
#include "sql/arguments.h"
#include "sql/jobs.h"

PG_FUNCTION_INFO_V1(drs_batch_download);
PG_FUNCTION_INFO_V1(drs_batch_download_as);
PG_FUNCTION_INFO_V1(drs_batch_download_file);

typedef struct ResultDownload ResultDownload;

/* What is done with a result. */
typedef struct ResultUse
{
	void		(*begin) (ResultDownload *result);	/* also when it begins again */
	void		(*bytes) (ResultDownload *result, const char *bytes, size_t len);
	void		(*end) (ResultDownload *result);	/* all of it has come */
	void		(*keep) (ResultDownload *result);	/* and is whole; NULL: nothing to do */
} ResultUse;

struct ResultDownload
{
	PublicApi  *api;
	const Options *options;
	Job		   *job;			/* before the download */
	DownloadPlan plan;
	Download   *download;
	const ResultUse *use;
	int64		nrecords;		/* without the header */
	int64		nbytes;
	char		last_byte;		/* of those that came */

	/* rows */
	ReturnSetInfo *rows;
	MemoryContext cxt;			/* of the fields below; reset when it begins again */
	MemoryContext row_cxt;
	MemoryContext piece_cxt;
	StringInfoData head;		/* while the header line is not complete */
	bool		begun;			/* it is */
	size_t		unread;			/* bytes since the last record */

	/* rows of batch_download */
	CsvReader  *csv;
	int			nnames;			/* 0: the header was not read yet */
	char	  **names;			/* as keys of JSON, with colons */

	/* rows of batch_download_as */
	Shape	   *shape;
	Columns    *columns;
	ReplyTerms	terms;
	Reply	   *reply;
	MemoryContext layout_cxt;
	const Layout *layout;
	Filler	   *filler;
	bool	   *has_column;
	int		   *header_columns;
	int			status_column;	/* -1: there is none */

	/* a file */
	const char *path;
	char	   *temporary_path;
	FILE	   *file;
	const CsvDialect *dialect;	/* of the file */
	bool		counts;			/* can records be counted in the bytes as they are? */
	CsvPlace	place;
};

/* Ask for the job; the arguments after its timeout are server and options. */
static void
open_job(FunctionCallInfo fcinfo, ResultDownload *result, int job_arg)
{
	char	   *id = drs_jobs_id(fcinfo, job_arg);
	double		timeout = drs_jobs_timeout(fcinfo, PG_NARGS() - 3);

	result->api = drs_jobs_open_api(fcinfo);
	result->options = &drs_api_endpoint(result->api)->options;
	result->job = drs_job_get(result->api, id);
	result->plan.job_id = result->job->id;
	result->plan.timeout = timeout > 0 ? timeout : result->options->batch.job_timeout;
	result->plan.dialect = drs_csvdialect_of_job(result->job);
}

pg_noreturn static void
refuse_result(const ResultDownload *result, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the result of batch job %s is not well-formed CSV", result->plan.job_id),
			 errdetail("After row " INT64_FORMAT ": %s.", result->nrecords, why)));
}

static void
begin(ResultDownload *result)
{
	result->nrecords = result->nbytes = 0;
	result->use->begin(result);
}

static void
take_bytes(ResultDownload *result, const char *bytes, size_t len)
{
	result->nbytes += len;
	result->last_byte = bytes[len - 1];
	result->use->bytes(result, bytes, len);
}

/* Read the result to its end. */
static void
read_once(ResultDownload *result)
{
	DownloadStep step;
	const char *bytes;
	size_t		len;
	int			restarts = 0;

	result->download = drs_download_open(result->api, &result->plan);
	begin(result);
	while ((step = drs_download_read(result->download, &bytes, &len)) != DOWNLOAD_END)
	{
		if (drs_download_restarts(result->download) != restarts)
		{
			restarts = drs_download_restarts(result->download);
			begin(result);
		}
		if (step == DOWNLOAD_BYTES)
			take_bytes(result, bytes, len);
		else
			drs_api_wait(result->api, drs_download_due(result->download));
	}
}

/*
 * Are there fewer rows than the service has scored?  Of time series, not every row has a
 * forecast.
 */
static bool
lacks_rows(const ResultDownload *result)
{
	const Job  *job = drs_download_job(result->download);

	return result->nrecords < job->scored_rows &&
		drs_jsonpath_container(&job->record->root, "jobSpec.timeseriesSettings") == NULL;
}

/*
 * A proxy can cut a result off and make the HTTP lengths agree, so one that has too few
 * rows, or no end of its last line, is read once more.  That the line has none is the
 * service's habit if the same comes again.
 */
static void
read_whole(ResultDownload *result)
{
	int64		nbytes;

	read_once(result);
	if (!lacks_rows(result) && result->last_byte == '\n')
		return;
	nbytes = result->nbytes;
	drs_download_close(result->download);
	read_once(result);
	if (result->last_byte != '\n' && result->nbytes != nbytes)
		refuse_result(result, "its last line has no end");
}

static void
download(ResultDownload *result, const ResultUse *use)
{
	result->use = use;
	read_whole(result);
	use->end(result);
	if (lacks_rows(result))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the result of batch job %s is not complete", result->plan.job_id),
				 errdetail("It has " INT64_FORMAT " rows; the service has scored " INT64_FORMAT
						   ".", result->nrecords,
						   drs_download_job(result->download)->scored_rows)));
	if (use->keep)
		use->keep(result);
}

/* ---- rows */

static void
begin_rows(ResultDownload *result)
{
	tuplestore_clear(result->rows->setResult);
	MemoryContextReset(result->cxt);
	result->head = (StringInfoData) {0};
	result->begun = false;
	result->unread = 0;
	result->csv = NULL;
	result->nnames = 0;
	result->reply = NULL;
}

static void
open_rows(FunctionCallInfo fcinfo, ResultDownload *result)
{
	InitMaterializedSRF(fcinfo, 0);
	result->rows = (ReturnSetInfo *) fcinfo->resultinfo;
	result->cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring result",
										ALLOCSET_DEFAULT_SIZES);
	result->row_cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring result row",
											ALLOCSET_DEFAULT_SIZES);
	result->piece_cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "datarobot_scoring result piece",
											  ALLOCSET_DEFAULT_SIZES);
}

/* Quotes that are never closed would make one record of all that follows. */
static void
check_unread(ResultDownload *result, size_t len)
{
	size_t		max = (size_t) result->options->transfer.max_reply_size;

	result->unread += len;
	if (result->unread <= Max(max, DRS_DOWNLOAD_BLOCK) + len)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("record " INT64_FORMAT " of the result of batch job %s is too large",
					result->nrecords + 1, result->plan.job_id),
			 errdetail("It has more than %zu bytes.", max),
			 errhint("Raise the option \"max_reply_size\" of the server.")));
}

/* ---- rows as JSON: batch_download */

static void
close_csv(void *arg)
{
	drs_csv_close(arg);
}

static void
open_csv(ResultDownload *result)
{
	MemoryContextCallback *closer = MemoryContextAllocZero(result->cxt,
														   sizeof(MemoryContextCallback));

	result->csv = drs_csv_open(DRS_CSV_MAX_FIELDS);
	if (result->csv == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory for reading a result")));
	closer->func = close_csv;
	closer->arg = result->csv;
	MemoryContextRegisterResetCallback(result->cxt, closer);
}

/* Append a text of the result, which is UTF-8, as a string of JSON. */
static void
add_text(StringInfo json, const char *text, size_t len)
{
	const char *converted = pg_any_to_server(text, (int) len, PG_UTF8);

	if (strlen(text) != len)
		ereport(ERROR,
				(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
				 errmsg("a value of the result contains a zero byte")));
	escape_json(json, converted);
}

/* The names of columns, which must differ: JSON would lose all but the last. */
static void
read_names(ResultDownload *result, const CsvRecord *header)
{
	MemoryContext old = MemoryContextSwitchTo(result->cxt);

	result->names = palloc(sizeof(char *) * header->nfields);
	for (int i = 0; i < header->nfields; i++)
	{
		StringInfoData name;

		initStringInfo(&name);
		add_text(&name, header->fields[i].text ? header->fields[i].text : "",
				 header->fields[i].len);
		for (int j = 0; j < i; j++)
			if (strcmp(result->names[j], name.data) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("the result of batch job %s has two columns %s",
								result->plan.job_id, name.data),
						 errhint("datarobot.batch_download_file() reads it as it is.")));
		result->names[i] = name.data;
	}
	result->nnames = header->nfields;
	MemoryContextSwitchTo(old);
}

/* A field without quotes and without text is NULL. */
static void
put_record(ResultDownload *result, const CsvRecord *record)
{
	MemoryContext old = MemoryContextSwitchTo(result->row_cxt);
	bool		isnull[2] = {false, false};
	Datum		values[2];
	StringInfoData json;

	if (record->nfields != result->nnames)
		refuse_result(result, psprintf("a row has %d fields instead of %d", record->nfields,
									   result->nnames));
	initStringInfo(&json);
	for (int i = 0; i < record->nfields; i++)
	{
		appendStringInfo(&json, "%s%s:", i == 0 ? "{" : ",", result->names[i]);
		if (record->fields[i].text)
			add_text(&json, record->fields[i].text, record->fields[i].len);
		else
			appendStringInfoString(&json, "null");
	}
	appendStringInfoChar(&json, '}');
	values[0] = Int64GetDatum(++result->nrecords);
	values[1] = DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
	tuplestore_putvalues(result->rows->setResult, result->rows->setDesc, values, isnull);
	MemoryContextSwitchTo(old);
	MemoryContextReset(result->row_cxt);
}

static void
read_records(ResultDownload *result)
{
	CsvRecord	record;
	CsvStatus	status;

	while ((status = drs_csv_next(result->csv, &record)) == CSV_RECORD)
	{
		CHECK_FOR_INTERRUPTS();
		result->unread = 0;
		if (result->nnames == 0)
			read_names(result, &record);
		else
			put_record(result, &record);
	}
	if (status == CSV_BROKEN)
		refuse_result(result, drs_csv_problem(result->csv));
}

/* Begin to read with what came until the header line was complete, or until the end. */
static void
feed_head(ResultDownload *result, bool last)
{
	StringInfo	head = &result->head;
	size_t		mark = head->len > 0 ? drs_csv_mark_len(head->data, head->len) : 0;

	open_csv(result);
	drs_csv_feed(result->csv, head->len > 0 ? head->data + mark : "", head->len - mark, last);
	result->begun = true;
}

/* The reader wants the whole header line first. */
static void
read_as_json(ResultDownload *result, const char *bytes, size_t len)
{
	check_unread(result, len);
	if (!result->begun)
	{
		MemoryContext old = MemoryContextSwitchTo(result->cxt);

		if (result->head.data == NULL)
			initStringInfo(&result->head);
		appendBinaryStringInfo(&result->head, bytes, (int) len);
		MemoryContextSwitchTo(old);
		if (!drs_csv_has_line(result->head.data, result->head.len))
			return;
		feed_head(result, false);
	}
	else
		drs_csv_feed(result->csv, bytes, len, false);
	read_records(result);
}

static void
end_json(ResultDownload *result)
{
	if (!result->begun)
		feed_head(result, true);
	else
		drs_csv_feed(result->csv, "", 0, true);
	read_records(result);
	if (result->nnames == 0)
		refuse_result(result, "it is empty");
}

/* batch_download(job, timeout, server, options) */
Datum
drs_batch_download(PG_FUNCTION_ARGS)
{
	static const ResultUse use = {begin_rows, read_as_json, end_json, NULL};
	ResultDownload result = {0};

	open_job(fcinfo, &result, 0);
	open_rows(fcinfo, &result);
	download(&result, &use);
	drs_api_close(result.api);
	return (Datum) 0;
}

/* ---- rows of a type: batch_download_as */

static void
find_columns(ResultDownload *result)
{
	const Shape *shape = result->shape;
	const Layout *layout = result->layout;

	for (int i = 0; i < shape->ncolumns; i++)
	{
		const ShapeColumn *column = &shape->columns[i];

		result->header_columns[i] = -1;
		result->has_column[i] = column->name && drs_fill_is_in_reply(layout, column);
		if (column->name == NULL || column->source != FROM_HEADER)
			continue;
		if (!result->has_column[i])
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("there is no column \"%s\" in the result of batch job %s",
							column->name, result->plan.job_id),
					 errdetail("Its columns are %s.", drs_layout_names(layout)),
					 errhint("Other names to use: %s.", drs_prediction_field_names())));
		result->header_columns[i] = drs_layout_find(layout, column->name);
	}
	result->status_column = drs_layout_find_exactly(layout, DRS_STATUS_COLUMN);
	drs_filler_set_layout(result->filler, layout, result->header_columns, PREDICTS_UNKNOWN);
}

/* Open a reader, in the context that is reset when the result begins again. */
static void
open_reply(ResultDownload *result)
{
	MemoryContext old = MemoryContextSwitchTo(result->cxt);
	Shape	   *shape = result->shape;

	result->layout_cxt = AllocSetContextCreate(result->cxt, "datarobot_scoring layout",
											   ALLOCSET_SMALL_SIZES);
	result->terms = (ReplyTerms) {.format = FORMAT_CSV, .columns = result->columns};
	result->reply = drs_reply_open("text/csv", &result->terms, result->row_cxt);
	result->has_column = palloc0(sizeof(bool) * Max(shape->ncolumns, 1));
	result->header_columns = palloc0(sizeof(int) * Max(shape->ncolumns, 1));
	result->filler = drs_filler_create(shape, result->columns, result->has_column,
									   result->row_cxt);
	MemoryContextSwitchTo(old);
}

/* Why a row has no prediction; NULL: it has one. */
static const char *
failure_of(const ResultDownload *result, const ReplyRow *row)
{
	const char *status = result->status_column < 0 ? NULL :
		row->fields[result->status_column].text;

	return status && pg_strcasecmp(status, "OK") != 0 ? status : NULL;
}

/* A row without a prediction has the columns of the file, its number and its error. */
static void
fill_failed(ResultDownload *result, RowContext *context, const ReplyRow *row, Datum *values,
			bool *isnull)
{
	int			first = 0;

	drs_fill_failed(result->filler, context, values, isnull, &first);
	for (int i = 0; i < result->shape->ncolumns; i++)
	{
		ShapeColumn *column = &result->shape->columns[i];
		int			field = result->header_columns[i];

		if (field < 0)
			continue;
		values[i] = InputFunctionCall(&column->input, row->fields[field].text, column->ioparam,
									  column->typmod);
		isnull[i] = row->fields[field].text == NULL;
	}
}

static void
put_row(ResultDownload *result, const ReplyRow *row)
{
	MemoryContext old = MemoryContextSwitchTo(result->row_cxt);
	Chunk		chunk = {.first_row = ++result->nrecords};
	Answer		answer = {.chunk = &chunk, .model_id = "", .request_id = ""};
	RowFailure	failure = {.http_status = 200, .message = failure_of(result, row)};
	RowContext	context = {&answer, 0, failure.message ? &failure : NULL};
	Datum	   *values = palloc(sizeof(Datum) * Max(result->shape->ncolumns, 1));
	bool	   *isnull = palloc(sizeof(bool) * Max(result->shape->ncolumns, 1));

	if (failure.message)
		fill_failed(result, &context, row, values, isnull);
	else
		drs_fill_row(result->filler, &context, row, values, isnull);
	tuplestore_putvalues(result->rows->setResult, result->rows->setDesc, values, isnull);
	MemoryContextSwitchTo(old);
	MemoryContextReset(result->row_cxt);
}

/* Says in which row and column a value was refused. */
static void
tell_place(void *arg)
{
	const ResultDownload *result = arg;
	const char *column = result->filler ? drs_filler_column(result->filler) : NULL;

	if (column)
		errcontext("row " INT64_FORMAT " of the result of batch job %s, column \"%s\"",
				   result->nrecords, result->plan.job_id, column);
	else
		errcontext("after row " INT64_FORMAT " of the result of batch job %s",
				   result->nrecords, result->plan.job_id);
}

/* Read the rows of the next piece, of which as much stays in the reader as is incomplete. */
static void
read_rows(ResultDownload *result, const char *bytes, size_t len, bool last)
{
	ReplyRow	row;

	if (result->reply == NULL)
		open_reply(result);
	if (!drs_reply_feed(result->reply, bytes, len, last))
		return;
	if (!result->begun)
	{
		result->layout = drs_reply_layout(result->reply, NULL, result->layout_cxt);
		find_columns(result);
		result->begun = true;
	}
	while (drs_reply_next(result->reply, &row) == REPLY_ROW)
	{
		CHECK_FOR_INTERRUPTS();
		result->unread = 0;
		put_row(result, &row);
	}
}

static void
read_piece(ResultDownload *result, const char *bytes, size_t len, bool last)
{
	ErrorContextCallback context = {error_context_stack, tell_place, result};
	MemoryContext old = MemoryContextSwitchTo(result->piece_cxt);

	error_context_stack = &context;
	check_unread(result, len);
	read_rows(result, bytes, len, last);
	MemoryContextSwitchTo(old);
	MemoryContextReset(result->piece_cxt);
	error_context_stack = context.previous;
}

static void
read_as_type(ResultDownload *result, const char *bytes, size_t len)
{
	read_piece(result, bytes, len, false);
}

static void
end_type(ResultDownload *result)
{
	read_piece(result, "", 0, true);
}

/* batch_download_as(row_type, job, timeout, server, options) */
Datum
drs_batch_download_as(PG_FUNCTION_ARGS)
{
	static const ResultUse use = {begin_rows, read_as_type, end_type, NULL};
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, 0);
	ResultDownload result = {0};

	if (get_typtype(type) != TYPTYPE_COMPOSITE)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the first argument of batch_download_as must be of a composite type"),
				 errdetail("It is of type %s.", format_type_be(type)),
				 errhint("Use CREATE TYPE to name the columns you want, and pass "
						 "NULL::that_type.")));
	open_job(fcinfo, &result, 1);
	open_rows(fcinfo, &result);
	result.columns = palloc0(sizeof(Columns));
	result.columns->desc = CreateTemplateTupleDesc(0);
	TupleDescFinalize(result.columns->desc);
	result.shape = drs_shape_of_rows(result.rows->setDesc, result.columns, false);
	download(&result, &use);
	drs_api_close(result.api);
	return (Datum) 0;
}

/* ---- a file: batch_download_file */

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
open_file(ResultDownload *result)
{
	mode_t		mask = umask(S_IWGRP | S_IWOTH);

	result->temporary_path = psprintf("%s.%d.tmp", result->path, MyProcPid);
	PG_TRY();
	{
		result->file = AllocateFile(result->temporary_path, PG_BINARY_W);
	}
	PG_FINALLY();
	{
		umask(mask);
	}
	PG_END_TRY();
	if (result->file == NULL)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\" for writing: %m",
						result->temporary_path)));
}

static void
begin_file(ResultDownload *result)
{
	result->place = drs_csvrecords_start(result->dialect);
	result->nrecords = result->counts ? -1 : PG_INT64_MAX;	/* without the header */
	if (fseeko(result->file, 0, SEEK_SET) != 0 || ftruncate(fileno(result->file), 0) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not truncate file \"%s\": %m", result->temporary_path)));
}

static void
write_file(ResultDownload *result, const char *bytes, size_t len)
{
	if (result->counts)
		result->nrecords += drs_csvrecords_count(&result->place, bytes, len);
	else
		result->last_byte = '\n';	/* as far as can be seen */
	if (fwrite(bytes, 1, len, result->file) != len)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not write file \"%s\": %m", result->temporary_path)));
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
	bool		good = fflush(result->file) == 0 && pg_fsync(fileno(result->file)) == 0;

	if (FreeFile(result->file) != 0 || !good)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not write file \"%s\": %m", result->temporary_path)));
	(void) durable_rename(result->temporary_path, result->path, ERROR);
}

/* batch_download_file(job, path, timeout, server, options) */
Datum
drs_batch_download_file(PG_FUNCTION_ARGS)
{
	static const ResultUse use = {begin_file, write_file, end_file, keep_file};
	ResultDownload result = {.path = drs_argument_text(fcinfo, 1)};

	check_path(result.path);
	open_job(fcinfo, &result, 0);
	result.dialect = result.plan.dialect;
	result.plan.dialect = NULL;	/* the file is in the format of the job */
	result.counts = drs_csvrecords_can(result.dialect);
	open_file(&result);
	PG_TRY();
	{
		download(&result, &use);
	}
	PG_CATCH();
	{
		(void) unlink(result.temporary_path);
		PG_RE_THROW();
	}
	PG_END_TRY();
	drs_api_close(result.api);
	PG_RETURN_INT64(result.nbytes);
}
