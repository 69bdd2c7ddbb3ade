/*
 * cutter.c
 *		Encodes rows and cuts them into chunks by rows and bytes.
 *
 * Bodies are allocated at once, with the room that the rows so far let us
 * expect, so that a chunk of few rows does not take that of a full one.  A
 * chunk that fills up early is only sent early.  PostgreSQL licence.
 */
#include "postgres.h"

#include "access/htup_details.h"

#include "compat.h"
#include "cutter.h"
#include "encode.h"
#include "request.h"
#include "shape.h"

/* No body is smaller, whatever the rows so far: the next ones may be longer. */
#define MIN_BODY_BYTES (64 * 1024)

struct Cutter
{
	MemoryContext cxt;
	const Columns *columns;
	const Options *options;
	TupleDesc	kept_desc;		/* NULL when nothing is kept */
	Encoder    *encoder;
	CutterSend	send;
	void	   *send_arg;

	Chunk	   *filling;		/* NULL between chunks */
	uint64		nput;
	uint64		sent_rows;		/* in chunks that were sent */
	uint64		sent_bytes;
	int			max_rows;		/* of the next chunk */
	size_t		max_bytes;
};

static void open_chunk(Cutter *cutter, size_t max_len);
static size_t expected_bytes(const Cutter *cutter);
static bool add_row(Cutter *cutter, const Datum *values, const bool *isnull);
static MinimalTuple form_kept(const Cutter *cutter, const Datum *values, const bool *isnull);
static void encode_error(void *arg);

Cutter *
drs_cutter_create(const Columns *columns, const Options *options, CutterSend send, void *arg)
{
	Cutter	   *cutter = palloc0(sizeof(Cutter));
	size_t		header_len;

	cutter->cxt = CurrentMemoryContext;
	cutter->columns = columns;
	cutter->options = options;
	cutter->kept_desc = drs_kept_desc(columns, 0, columns->nkept);
	cutter->encoder = drs_encoder_create(columns, options->verify_order ? DRS_ORDER_COLUMN : NULL);
	cutter->send = send;
	cutter->send_arg = arg;
	cutter->max_rows = options->chunk_rows;
	cutter->max_bytes = options->chunk_size;

	(void) drs_encoder_header(cutter->encoder, &header_len);
	if (header_len >= (size_t) options->chunk_size)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the names of the features alone are larger than a request may be"),
				 errdetail("They take %zu bytes; the option \"chunk_size\" is %d.", header_len, options->chunk_size)));
	return cutter;
}

void
drs_cutter_set_rows(Cutter *cutter, int64 rows)
{
	cutter->max_rows = (int) Max(1, Min(rows, cutter->options->chunk_rows));
}

void
drs_cutter_set_bytes(Cutter *cutter, size_t bytes)
{
	cutter->max_bytes = bytes > 0 ? Min(bytes, (size_t) cutter->options->chunk_size) :
		(size_t) cutter->options->chunk_size;
}

int
drs_cutter_rows(const Cutter *cutter)
{
	return cutter->max_rows;
}

size_t
drs_cutter_filled(const Cutter *cutter)
{
	return cutter->filling ? cutter->filling->len : 0;
}

uint64
drs_cutter_count(const Cutter *cutter)
{
	return cutter->nput;
}

void
drs_cutter_put(Cutter *cutter, const Datum *values, const bool *isnull)
{
	if (cutter->filling == NULL)
		open_chunk(cutter, expected_bytes(cutter));
	if (!add_row(cutter, values, isnull))
	{
		/* into an empty chunk with all the room there can be */
		if (cutter->filling->nrows > 0)
			drs_cutter_flush(cutter);
		else
			drs_chunk_close(cutter->filling);
		open_chunk(cutter, cutter->options->chunk_size);
		if (!add_row(cutter, values, isnull))
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("row " UINT64_FORMAT " is too large for one request", cutter->nput + 1),
					 errdetail("With the names of the features it takes more than the %d bytes of the option \"chunk_size\".",
							   cutter->options->chunk_size),
					 errhint("DataRobot accepts at most 50 MB in a request.")));
	}
	cutter->nput++;
	if (cutter->filling->nrows == cutter->filling->max_rows)
		drs_cutter_flush(cutter);
}

void
drs_cutter_flush(Cutter *cutter)
{
	Chunk	   *chunk = cutter->filling;

	if (chunk == NULL)
		return;
	cutter->filling = NULL;
	cutter->sent_rows += chunk->nrows;
	cutter->sent_bytes += chunk->len;
	cutter->send(chunk, cutter->send_arg);
}

static void
open_chunk(Cutter *cutter, size_t max_len)
{
	size_t		header_len;
	const char *header = drs_encoder_header(cutter->encoder, &header_len);

	cutter->filling = drs_chunk_open(cutter->cxt, cutter->nput + 1, cutter->max_rows,
									 Max(max_len, header_len), header, header_len,
									 cutter->kept_desc != NULL);
}

/*
 * Room for as many rows as the next chunk may have, a quarter longer than
 * those so far; while there are none, for the most there can be.
 */
static size_t
expected_bytes(const Cutter *cutter)
{
	uint64		expected = cutter->max_bytes;

	if (cutter->sent_rows > 0)
		expected = cutter->sent_bytes / cutter->sent_rows * cutter->max_rows / 4 * 5;
	return Min(cutter->max_bytes, Max(expected, MIN_BODY_BYTES));
}

/* Encode a row into the chunk being filled; false when it does not fit. */
static bool
add_row(Cutter *cutter, const Datum *values, const bool *isnull)
{
	ErrorContextCallback context = {error_context_stack, encode_error, cutter};
	MinimalTuple kept;
	size_t		len;

	error_context_stack = &context;
	len = drs_encode_record(cutter->encoder, cutter->filling, values, isnull);
	error_context_stack = context.previous;
	if (len == 0)
		return false;
	kept = form_kept(cutter, values, isnull);
	drs_chunk_add_record(cutter->filling, len, kept);
	if (kept)
		pfree(kept);
	return true;
}

/* The kept columns of a row as a tuple of their own, palloc'd; NULL when there are none. */
static MinimalTuple
form_kept(const Cutter *cutter, const Datum *values, const bool *isnull)
{
	const Columns *columns = cutter->columns;
	Datum		kept_values[MaxTupleAttributeNumber];
	bool		kept_isnull[MaxTupleAttributeNumber];

	if (cutter->kept_desc == NULL)
		return NULL;
	for (int i = 0; i < columns->nkept; i++)
	{
		kept_values[i] = values[columns->kept[i]];
		kept_isnull[i] = isnull[columns->kept[i]];
	}
	return drs_form_minimal_tuple(cutter->kept_desc, kept_values, kept_isnull);
}

static void
encode_error(void *arg)
{
	const Cutter *cutter = arg;
	const char *column = drs_encoder_column(cutter->encoder);

	if (column)
		errcontext("row " UINT64_FORMAT " to score, column \"%s\"", cutter->nput + 1, column);
}
