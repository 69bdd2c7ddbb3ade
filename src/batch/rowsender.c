/*
 * rowsender.c
 *		Encodes rows into a block, which is handed over when it is full.
 *
 * The block is a chunk without kept columns: the records themselves are not
 * needed any more once the upload has them.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "base/subxact.h"
#include "batch/rowsender.h"
#include "encode/encode.h"
#include "rows/chunk.h"

/* Bytes of the largest row: libcurl and the service's own limits are far below. */
#define MAX_ROW_BYTES ((size_t) 1024 * 1024 * 1024)

struct RowSender
{
	Encoder    *encoder;
	Chunk	   *block;
	bool		isolates;
	MemoryContext failure_cxt;	/* of the last failure */
	RowFailure	failure;
};

/* A row to be encoded. */
typedef struct SentRow
{
	RowSender  *sender;
	const Datum *values;
	const bool *isnull;
} SentRow;

RowSender *
drs_rowsender_create(const MarkColumns *marks, bool isolates)
{
	RowSender  *sender = palloc0(sizeof(RowSender));
	size_t		len;
	const char *header;

	sender->encoder = drs_encoder_create(marks->sent, false, marks->number);
	header = drs_encoder_header(sender->encoder, &len);
	sender->block = drs_chunk_open(CurrentMemoryContext, 1, 1, len + 2 * DRS_ROWSENDER_BLOCK,
								   header, len, false);
	/* in a UTF-8 database nothing is converted */
	sender->isolates = isolates && GetDatabaseEncoding() != PG_UTF8;
	sender->failure_cxt = AllocSetContextCreate(CurrentMemoryContext,
												"datarobot_scoring failed row",
												ALLOCSET_SMALL_SIZES);
	return sender;
}

const char *
drs_rowsender_header(const RowSender *sender, size_t *len)
{
	return drs_encoder_header(sender->encoder, len);
}

void
drs_rowsender_begin(RowSender *sender, uint64 first_row)
{
	Chunk	   *block = sender->block;

	block->first_row = first_row;
	block->nrows = 0;
	block->len = block->header_len;
}

/* Twice as much room. */
static void
enlarge(RowSender *sender)
{
	Chunk	   *block = sender->block;
	size_t		room = block->max_len * 2;

	if (room > MAX_ROW_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("row " UINT64_FORMAT " is too large to be sent",
						block->first_row + block->nrows)));
	block->body = block->room = repalloc_huge(block->room, room + DRS_CHUNK_SLACK);
	block->max_len = room;
}

static void
encode_error(void *arg)
{
	const RowSender *sender = arg;
	const char *column = drs_encoder_column(sender->encoder);

	if (column)
		errcontext("row " UINT64_FORMAT " to score, column \"%s\"",
				   sender->block->first_row + sender->block->nrows, column);
}

/* Has the signature that drs_attempt() needs. */
static void
encode_row(void *arg)
{
	const SentRow *row = arg;
	RowSender  *sender = row->sender;
	Chunk	   *block = sender->block;
	ErrorContextCallback context = {error_context_stack, encode_error, sender};
	size_t		len;

	error_context_stack = &context;
	while ((len = drs_encode_record(sender->encoder, block, row->values, row->isnull)) == 0)
		enlarge(sender);
	error_context_stack = context.previous;
	block->len = len;
	block->nrows++;
}

/* Encode a row whose texts may not be convertible. */
static const RowFailure *
attempt_row(SentRow *row)
{
	RowSender  *sender = row->sender;
	MemoryContext old;
	ErrorData  *error;

	MemoryContextReset(sender->failure_cxt);
	old = MemoryContextSwitchTo(sender->failure_cxt);
	error = drs_attempt(encode_row, row, false);
	MemoryContextSwitchTo(old);
	if (error == NULL)
		return NULL;
	if (error->sqlerrcode != ERRCODE_CHARACTER_NOT_IN_REPERTOIRE &&
		error->sqlerrcode != ERRCODE_UNTRANSLATABLE_CHARACTER)
		ReThrowError(error);
	sender->failure = (RowFailure) {.sqlerrcode = error->sqlerrcode, .message = error->message};
	return &sender->failure;
}

const RowFailure *
drs_rowsender_put(RowSender *sender, const Datum *values, const bool *isnull)
{
	SentRow		row = {sender, values, isnull};

	if (sender->isolates)
		return attempt_row(&row);
	encode_row(&row);
	return NULL;
}

bool
drs_rowsender_is_full(const RowSender *sender)
{
	return sender->block->len >= sender->block->header_len + DRS_ROWSENDER_BLOCK;
}

int
drs_rowsender_flush(RowSender *sender, Upload *upload)
{
	Chunk	   *block = sender->block;
	int			nrows = block->nrows;

	if (nrows == 0)
		return 0;
	drs_upload_write(upload, block->body + block->header_len, block->len - block->header_len);
	drs_rowsender_begin(sender, block->first_row + nrows);
	return nrows;
}
