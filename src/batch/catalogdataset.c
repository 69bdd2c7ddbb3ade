/*
 * catalogdataset.c
 *		Datasets of DataRobot's catalog.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/memutils.h"

#include "api/jsonpath.h"
#include "api/task.h"
#include "base/url.h"
#include "batch/catalogdataset.h"
#include "encode/encode.h"
#include "rows/source.h"

/* Bytes of the first chunk; it grows for a row that is larger. */
#define CHUNK_BYTES (64 * 1024)

/* The body of an upload: a form with one file. */
typedef struct DatasetForm
{
	const Options *options;
	Encoder    *encoder;
	Chunk	   *chunk;			/* one row at a time */
	StringInfoData body;
	char	   *boundary;
	int64		nrows;
} DatasetForm;

/* ---- the form */

/* A line that no file contains. */
static char *
random_boundary(void)
{
	uint8		bytes[16];
	StringInfoData text;

	if (!pg_strong_random(bytes, sizeof(bytes)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate a random boundary")));
	initStringInfo(&text);
	for (size_t i = 0; i < sizeof(bytes); i++)
		appendStringInfo(&text, "%02x", bytes[i]);
	return text.data;
}

static void
start_rows(TupleDesc desc, void *arg)
{
	DatasetForm *form = arg;
	Columns    *columns = drs_columns_choose(CreateTupleDescCopy(desc), form->options, NULL);
	const char *header;
	size_t		len;

	form->encoder = drs_encoder_create(columns, false, NULL);
	header = drs_encoder_header(form->encoder, &len);
	initStringInfo(&form->body);
	appendStringInfo(&form->body, "--%s\r\nContent-Disposition: form-data; name=\"file\"; "
					 "filename=\"rows.csv\"\r\nContent-Type: text/csv\r\n\r\n", form->boundary);
	appendBinaryStringInfo(&form->body, header, len);
	form->chunk = drs_chunk_open(CurrentMemoryContext, 1, 1, len + CHUNK_BYTES, header, len,
								 false);
}

static bool
put_row(TupleTableSlot *slot, void *arg)
{
	DatasetForm *form = arg;
	size_t		len;

	slot_getallattrs(slot);
	while ((len = drs_encode_record(form->encoder, form->chunk, slot->tts_values,
									slot->tts_isnull)) == 0)
	{
		if (form->chunk->max_len >= MaxAllocSize / 2)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("row " INT64_FORMAT " is too large", form->nrows + 1)));
		form->chunk = drs_chunk_enlarge(form->chunk, CurrentMemoryContext, 1,
										form->chunk->max_len * 2);
	}
	appendBinaryStringInfo(&form->body, form->chunk->body + form->chunk->header_len,
						   len - form->chunk->header_len);
	form->nrows++;
	return true;
}

static void
fill_form(DatasetForm *form, const char *query)
{
	static const RowConsumer consumer = {start_rows, put_row};

	drs_source_run(query, 0, &consumer, form);
	if (form->nrows == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NO_DATA_FOUND),
				 errmsg("the query returned no rows")));
	appendStringInfo(&form->body, "\r\n--%s--\r\n", form->boundary);
}

CatalogDataset
drs_catalogdataset_upload(PublicApi *api, const char *query)
{
	DatasetForm form = {.options = &drs_api_endpoint(api)->options,.boundary = random_boundary()};
	ApiRequest	request = {.method = "POST",.path = "/datasets/fromFile/"};
	ApiAnswer	answer;

	fill_form(&form, query);
	request.source.bytes = form.body.data;
	request.source.length = form.body.len;
	request.content_type = psprintf("multipart/form-data; boundary=%s", form.boundary);
	request.repeatable = REPEATABLE_REFUSED;
	request.timeout = form.options->transfer.request_timeout;
	answer = drs_api_exchange(api, &request);
	pfree(form.body.data);
	if (!drs_api_succeeded(&answer))
	{
		answer.first_row = 1;
		answer.last_row = form.nrows;
		drs_api_raise(api, &answer);
	}
	return drs_catalogdataset_await(api, &answer);
}

/* ---- datasets */

/* What a dataset's record says; it is at this address. */
static CatalogDataset
read_record(PublicApi *api, const char *path)
{
	ApiAnswer	answer = drs_api_send(api, path, NULL);
	CatalogDataset dataset;
	Jsonb	   *record;

	if (drs_api_has_status(&answer, 404))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no such dataset, or you have no access to it"),
				 errdetail("Its address is \"%s\".", path)));
	if (!drs_api_has_status(&answer, 200))
		drs_api_raise(api, &answer);
	record = drs_api_json(api, &answer);
	dataset.id = drs_jsonpath_text(&record->root, "datasetId");
	dataset.version_id = drs_jsonpath_text(&record->root, "versionId");
	if (dataset.id == NULL || dataset.version_id == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("DataRobot reports a dataset without an id or a version")));
	return dataset;
}

CatalogDataset
drs_catalogdataset_find(PublicApi *api, const char *id)
{
	return read_record(api, psprintf("/datasets/%s/", drs_url_escape(id)));
}

CatalogDataset
drs_catalogdataset_await(PublicApi *api, const ApiAnswer *answer)
{
	char	   *made = drs_api_await_made(api, answer,
									  "DataRobot does not say where the dataset is that it makes");

	return read_record(api, made);
}
