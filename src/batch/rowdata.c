/*
 * rowdata.c
 *		The rows of a query as the data of a job.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/clock.h"
#include "batch/rowdata.h"
#include "encode/encode.h"
#include "rows/source.h"

/* Bytes that are collected before they are handed over; and for how long, at most. */
#define PIECE (256 * 1024)
#define PIECE_US INT64CONST(1000000)

typedef struct RowData
{
	JobData    *data;
	const char *query;
	const Options *options;
	Encoder    *encoder;
	Chunk	   *chunk;
	TimestampTz flushed;
	int64		nrows;
} RowData;

static void
flush(RowData *rows)
{
	Chunk	   *chunk = rows->chunk;

	drs_jobdata_write(rows->data, chunk->body + chunk->header_len, chunk->len - chunk->header_len);
	chunk->len = chunk->header_len;
	rows->flushed = drs_clock();
}

static void
start_rows(TupleDesc desc, void *arg)
{
	RowData    *rows = arg;
	Columns    *columns = drs_columns_choose(CreateTupleDescCopy(desc), rows->options, NULL);
	const char *header;
	size_t		len;

	rows->encoder = drs_encoder_create(columns, false, NULL);
	header = drs_encoder_header(rows->encoder, &len);
	drs_jobdata_set_header(rows->data, header, len, drs_jobdata_dialect(rows->data));
	rows->chunk = drs_chunk_open(CurrentMemoryContext, 1, 1, len + PIECE, header, len, false);
	rows->flushed = drs_clock();
}

/* Encode a row after those that wait.  False: there is no room. */
static bool
encode(RowData *rows, TupleTableSlot *slot)
{
	size_t		len = drs_encode_record(rows->encoder, rows->chunk, slot->tts_values,
										slot->tts_isnull);

	if (len == 0)
		return false;
	rows->chunk->len = len;
	return true;
}

/* A record that is larger than any before needs a larger chunk. */
static void
enlarge(RowData *rows)
{
	size_t		max_len = rows->chunk->max_len;

	if (max_len >= MaxAllocSize / 2)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("row " INT64_FORMAT " is too large", rows->nrows + 1),
				 errdetail("It has more than %zu bytes.", max_len)));
	rows->chunk = drs_chunk_enlarge(rows->chunk, CurrentMemoryContext, 1, 2 * max_len);
}

static bool
put_row(TupleTableSlot *slot, void *arg)
{
	RowData    *rows = arg;

	slot_getallattrs(slot);
	if (!encode(rows, slot))
	{
		flush(rows);
		while (!encode(rows, slot))
			enlarge(rows);
	}
	rows->nrows++;
	if (rows->chunk->len - rows->chunk->header_len >= PIECE ||
		drs_clock() - rows->flushed > PIECE_US)
		flush(rows);
	return true;
}

static void
send_rows(JobData *data, void *arg)
{
	static const RowConsumer consumer = {start_rows, put_row};
	RowData    *rows = arg;

	drs_source_run(rows->query, 0, &consumer, rows);
	flush(rows);
}

int64
drs_rowdata_send(JobData *data, const char *query, const Options *options)
{
	RowData		rows = {.data = data, .query = query, .options = options};

	drs_jobdata_send(data, "the query", send_rows, &rows);
	return rows.nrows;
}
