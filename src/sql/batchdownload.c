/*
 * batchdownload.c
 *		The function batch_download: the result of a job as rows of JSON.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/json.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "base/jsonbtext.h"
#include "decode/csvreader.h"
#include "sql/resultrows.h"

PG_FUNCTION_INFO_V1(drs_batch_download);

typedef struct JsonRows
{
	ResultRows	rows;
	StringInfoData head;		/* while the header line is not complete */
	bool		begun;			/* it is */
	CsvReader  *csv;
	int			nnames;			/* 0: the header was not read yet */
	char	  **names;			/* as keys of JSON, with colons */
} JsonRows;

static void
begin_json(ResultDownload *result)
{
	JsonRows   *this = (JsonRows *) result;

	drs_resultrows_begin(&this->rows);
	this->head = (StringInfoData) {0};
	this->begun = false;
	this->csv = NULL;
	this->nnames = 0;
}

static void
close_csv(void *arg)
{
	drs_csv_close(arg);
}

static void
open_csv(JsonRows *this)
{
	MemoryContextCallback *closer = MemoryContextAllocZero(this->rows.cxt,
														   sizeof(MemoryContextCallback));

	this->csv = drs_csv_open(DRS_CSV_MAX_FIELDS);
	if (this->csv == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory for reading a result")));
	closer->func = close_csv;
	closer->arg = this->csv;
	MemoryContextRegisterResetCallback(this->rows.cxt, closer);
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
read_names(JsonRows *this, const CsvRecord *header)
{
	MemoryContext old = MemoryContextSwitchTo(this->rows.cxt);

	this->names = palloc(sizeof(char *) * header->nfields);
	for (int i = 0; i < header->nfields; i++)
	{
		StringInfoData name;

		initStringInfo(&name);
		add_text(&name, header->fields[i].text ? header->fields[i].text : "",
				 header->fields[i].len);
		for (int j = 0; j < i; j++)
			if (strcmp(this->names[j], name.data) == 0)
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("the result of batch job %s has two columns %s",
								this->rows.result.plan.job_id, name.data),
						 errhint("datarobot.batch_download_file() reads it as it is.")));
		this->names[i] = name.data;
	}
	this->nnames = header->nfields;
	MemoryContextSwitchTo(old);
}

/* A field without quotes and without text is NULL. */
static void
put_record(JsonRows *this, const CsvRecord *record)
{
	MemoryContext old = MemoryContextSwitchTo(this->rows.row_cxt);
	bool		isnull[2] = {false, false};
	Datum		values[2];
	StringInfoData json;

	if (record->nfields != this->nnames)
		drs_resultdownload_refuse(&this->rows.result,
								  psprintf("a row has %d fields instead of %d",
										   record->nfields, this->nnames));
	initStringInfo(&json);
	for (int i = 0; i < record->nfields; i++)
	{
		appendStringInfo(&json, "%s%s:", i == 0 ? "{" : ",", this->names[i]);
		if (record->fields[i].text)
			add_text(&json, record->fields[i].text, record->fields[i].len);
		else
			appendStringInfoString(&json, "null");
	}
	appendStringInfoChar(&json, '}');
	values[0] = Int64GetDatum(++this->rows.result.nrecords);
	values[1] = JsonbPGetDatum(drs_jsonbtext_parse(json.data));
	tuplestore_putvalues(this->rows.info->setResult, this->rows.info->setDesc, values, isnull);
	MemoryContextSwitchTo(old);
	MemoryContextReset(this->rows.row_cxt);
}

static void
read_records(JsonRows *this)
{
	CsvRecord	record;
	CsvStatus	status;

	while ((status = drs_csv_next(this->csv, &record)) == CSV_RECORD)
	{
		CHECK_FOR_INTERRUPTS();
		this->rows.unread = 0;
		if (this->nnames == 0)
			read_names(this, &record);
		else
			put_record(this, &record);
	}
	if (status == CSV_BROKEN)
		drs_resultdownload_refuse(&this->rows.result, drs_csv_problem(this->csv));
}

/* Begin to read with what came until the header line was complete, or until the end. */
static void
feed_head(JsonRows *this, bool last)
{
	StringInfo	head = &this->head;
	size_t		mark = head->len > 0 ? drs_csv_mark_len(head->data, head->len) : 0;

	open_csv(this);
	drs_csv_feed(this->csv, head->len > 0 ? head->data + mark : "", head->len - mark, last);
	this->begun = true;
}

/* The reader wants the whole header line first. */
static void
read_json(ResultDownload *result, const char *bytes, size_t len)
{
	JsonRows   *this = (JsonRows *) result;

	drs_resultrows_check(&this->rows, len);
	if (!this->begun)
	{
		MemoryContext old = MemoryContextSwitchTo(this->rows.cxt);

		if (this->head.data == NULL)
			initStringInfo(&this->head);
		appendBinaryStringInfo(&this->head, bytes, (int) len);
		MemoryContextSwitchTo(old);
		if (!drs_csv_has_line(this->head.data, this->head.len))
			return;
		feed_head(this, false);
	}
	else
		drs_csv_feed(this->csv, bytes, len, false);
	read_records(this);
}

static void
end_json(ResultDownload *result)
{
	JsonRows   *this = (JsonRows *) result;

	if (!this->begun)
		feed_head(this, true);
	else
		drs_csv_feed(this->csv, "", 0, true);
	read_records(this);
	if (this->nnames == 0)
		drs_resultdownload_refuse(result, "it is empty");
}

/* batch_download(job, timeout, server, options) */
Datum
drs_batch_download(PG_FUNCTION_ARGS)
{
	static const ResultUse use = {begin_json, read_json, end_json, NULL};
	JsonRows   *this = palloc0(sizeof(JsonRows));

	drs_resultdownload_open(fcinfo, 0, &this->rows.result);
	drs_resultrows_open(fcinfo, &this->rows);
	drs_resultdownload_run(&this->rows.result, &use);
	drs_api_close(this->rows.result.api);
	return (Datum) 0;
}
