/*
 * cutter.c
 *		Encodes rows and cuts them into chunks by rows and bytes.
 *
 * A body is allocated once, with the size expected from the rows so far, so
 * that a chunk of few rows does not take the memory of a full one.  If a
 * chunk fills up early, it is sent early.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/subxact.h"
#include "decode/resultshape.h"
#include "decode/sentseries.h"
#include "encode/encode.h"
#include "http/request.h"
#include "realtime/cutter.h"
#include "realtime/series.h"

/* The smallest expected size of a body: the next rows may be longer than those so far. */
#define MIN_BODY_BYTES (64 * 1024)

struct Cutter
{
	MemoryContext cxt;
	const Columns *columns;
	const Options *options;
	const PipelinePlan *plan;
	const Sizing *sizing;
	Datum	   *kept_values;	/* of the row being put */
	bool	   *kept_isnull;
	TupleDesc	kept_desc;		/* NULL when nothing is kept */
	bool	   *kept_varlena;	/* could its columns be TOAST pointers? */
	bool		is_json;
	Encoder    *encoder;
	CutterSend	send;
	void	   *send_arg;

	Chunk	   *filling;		/* NULL between chunks */
	Series	   *series;			/* NULL: chunks may be cut between any two rows */
	int			whole_rows;		/* rows of filling whose series are complete */
	bool		cut_asked;		/* time series: cut where the next one begins */
	uint64		cut_at;			/* rows put before the last cut that was made */
	MemoryContext failure_cxt;	/* the failure of a row that fails by itself; reset after each */
	uint64		nput;
	uint64		sent_rows;		/* in chunks that were sent */
	uint64		sent_bytes;
	size_t		record_bytes;	/* of the row put last */
};

/* What happened to a row. */
typedef enum PutResult
{
	PUT_DONE,
	PUT_FULL,					/* there is no room for it */
	PUT_FAILED					/* it cannot be sent in any chunk */
} PutResult;

static inline uint64 row_number(const Cutter *cutter);
static void open_chunk(Cutter *cutter, size_t max_len);
static size_t expected_bytes(const Cutter *cutter);
static void before_row(Cutter *cutter, bool begins, const Datum *values, const bool *isnull);
static void after_row(Cutter *cutter, bool begins, const Datum *values);
static void make_room(Cutter *cutter, bool begins, const Datum *values, const bool *isnull);
static void note_series(Cutter *cutter, const Datum *values);
static void carry_over(Cutter *cutter, const Datum *values, const bool *isnull);
static void refuse_series(const Cutter *cutter, const Datum *values, const bool *isnull);
static bool add_row(Cutter *cutter, const Datum *values, const bool *isnull);
static PutResult try_row(Cutter *cutter, const Datum *values, const bool *isnull,
						 RowFailure **failure);
static void clear_filling(Cutter *cutter);
static RowFailure *too_large(const Cutter *cutter);
static RowFailure *make_failure(const Cutter *cutter, int sqlerrcode, const char *message);
static void add_failed_row(Cutter *cutter, const Datum *values, const bool *isnull,
						   const RowFailure *failure);
static MinimalTuple form_kept(const Cutter *cutter, const Datum *values, const bool *isnull);
static inline bool is_external(const Cutter *cutter, int kept, Datum value, bool isnull);
static void encode_error(void *arg);

Cutter *
drs_cutter_create(const Columns *columns, const Options *options, const PipelinePlan *plan,
				  const Sizing *sizing, CutterSend send, void *arg)
{
	Cutter	   *cutter = palloc0(sizeof(Cutter));
	size_t		header_len;

	cutter->cxt = CurrentMemoryContext;
	cutter->columns = columns;
	cutter->options = options;
	cutter->plan = plan;
	cutter->sizing = sizing;
	cutter->kept_values = palloc(sizeof(Datum) * Max(columns->nkept, 1));
	cutter->kept_isnull = palloc(sizeof(bool) * Max(columns->nkept, 1));
	cutter->kept_desc = drs_kept_desc(columns, 0, columns->nkept);
	cutter->kept_varlena = palloc(sizeof(bool) * Max(columns->nkept, 1));
	for (int i = 0; i < columns->nkept; i++)
		cutter->kept_varlena[i] = TupleDescAttr(cutter->kept_desc, i)->attlen == -1;
	cutter->is_json = options->transfer.request_format == FORMAT_JSON;
	cutter->encoder = drs_encoder_create(columns, cutter->is_json,
										 options->call.verify_order ? DRS_ORDER_COLUMN : NULL);
	cutter->series = drs_series_create(columns, options);
	cutter->send = send;
	cutter->send_arg = arg;
	if (plan->isolates)
		cutter->failure_cxt = AllocSetContextCreate(cutter->cxt, "datarobot_scoring failed row",
													ALLOCSET_SMALL_SIZES);

	(void) drs_encoder_header(cutter->encoder, &header_len);
	if (header_len >= (size_t) options->transfer.chunk_size)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the names of the features alone are larger than a request may be"),
				 errdetail("They take %zu bytes; the option \"chunk_size\" is %d.", header_len,
						   options->transfer.chunk_size)));
	return cutter;
}

size_t
drs_cutter_filled(const Cutter *cutter)
{
	return cutter->filling ? cutter->filling->len : 0;
}

uint64
drs_cutter_cut_at(const Cutter *cutter)
{
	return cutter->cut_at;
}

size_t
drs_cutter_put(Cutter *cutter, const Datum *values, const bool *isnull)
{
	bool		begins = cutter->series == NULL ||
		drs_series_next(cutter->series, values, isnull, row_number(cutter));
	RowFailure *failure = NULL;
	PutResult	result;

	cutter->record_bytes = 0;
	if (cutter->series)
		before_row(cutter, begins, values, isnull);
	if (cutter->filling == NULL)
		open_chunk(cutter, expected_bytes(cutter));
	result = try_row(cutter, values, isnull, &failure);
	if (result == PUT_FULL)
	{
		make_room(cutter, begins, values, isnull);
		result = try_row(cutter, values, isnull, &failure);
	}
	if (result == PUT_FULL && !begins)
		refuse_series(cutter, values, isnull);
	if (result == PUT_FULL)
		failure = too_large(cutter);
	if (result != PUT_DONE)
		add_failed_row(cutter, values, isnull, failure);
	after_row(cutter, begins, values);
	return cutter->record_bytes;
}

/* Count the row that was put. */
static void
after_row(Cutter *cutter, bool begins, const Datum *values)
{
	Chunk	   *filling = cutter->filling;

	if (cutter->series && begins)
		note_series(cutter, values);
	cutter->nput++;
	if (cutter->series)
		filling->begins[filling->nrows - 1] = begins;
	else if (filling->nrows == filling->max_rows)
		drs_cutter_flush(cutter);
}

/* A series begins with the row that was put: note its name, to check the series of the answer. */
static void
note_series(Cutter *cutter, const Datum *values)
{
	char	   *name = drs_series_name(cutter->series, values);

	if (name == NULL)
		return;
	drs_sent_note(cutter->filling, row_number(cutter), name);
	pfree(name);
}

/*
 * Before a row of a series is put: note which rows belong to complete series,
 * and send them when there are enough.
 */
static void
before_row(Cutter *cutter, bool begins, const Datum *values, const bool *isnull)
{
	const Chunk *filling = cutter->filling;

	if (begins)
	{
		cutter->whole_rows = filling ? filling->nrows : 0;
		if (cutter->cut_asked || cutter->whole_rows >= cutter->sizing->max_rows)
			drs_cutter_flush(cutter);
		if (cutter->cut_asked)
			cutter->cut_at = cutter->nput;
		cutter->cut_asked = false;
	}
	else if (filling && filling->nrows == filling->max_rows)
		carry_over(cutter, values, isnull);
}

void
drs_cutter_cut(Cutter *cutter)
{
	if (cutter->series)
		cutter->cut_asked = true;
	else
	{
		drs_cutter_flush(cutter);
		cutter->cut_at = cutter->nput;
	}
}

/*
 * The chunk being filled has no room for a row: send what can be sent, and
 * make a chunk of the largest size.
 */
static void
make_room(Cutter *cutter, bool begins, const Datum *values, const bool *isnull)
{
	if (!begins)
		carry_over(cutter, values, isnull);
	else
	{
		clear_filling(cutter);
		open_chunk(cutter, cutter->options->transfer.chunk_size);
	}
}

/* Send the series that are complete; the one that continues gets a chunk of the largest size. */
static void
carry_over(Cutter *cutter, const Datum *values, const bool *isnull)
{
	Chunk	   *rest = cutter->filling;
	const Options *options = cutter->options;

	if (cutter->whole_rows == 0 &&
		(rest->nrows == options->transfer.chunk_rows ||
		 rest->max_len >= (size_t) options->transfer.chunk_size))
		refuse_series(cutter, values, isnull);
	if (cutter->whole_rows > 0)
	{
		cutter->filling = drs_chunk_cut(rest, cutter->whole_rows, cutter->cxt);
		drs_cutter_flush(cutter);
	}
	cutter->filling = drs_chunk_enlarge(rest, cutter->cxt, options->transfer.chunk_rows,
										options->transfer.chunk_size);
}

static void
refuse_series(const Cutter *cutter, const Datum *values, const bool *isnull)
{
	const Options *options = cutter->options;
	bool		by_rows = cutter->filling->nrows == options->transfer.chunk_rows;

	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("time series %s is too large for one request",
					drs_series_show(cutter->series, values, isnull)),
			 by_rows ? errdetail("It has more than the %d rows of the option \"chunk_rows\".",
								 options->transfer.chunk_rows) :
			 errdetail("It takes more than the %d bytes of the option \"chunk_size\".",
					   options->transfer.chunk_size),
			 errhint("Raise that option, or leave out the oldest rows.")));
}

/* Send the chunk being filled, or discard it when it is empty. */
static void
clear_filling(Cutter *cutter)
{
	if (cutter->filling->nrows > 0)
		drs_cutter_flush(cutter);
	else
		drs_chunk_close(cutter->filling);
	cutter->filling = NULL;
}

/* The failure of the row being put; raises when rows do not fail by themselves. */
static RowFailure *
too_large(const Cutter *cutter)
{
	char		message[80];

	if (!cutter->plan->isolates)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("row " UINT64_FORMAT " is too large for one request", row_number(cutter)),
				 errdetail("With the names of the features it takes more than the %d bytes of the"
						   " option \"chunk_size\".",
						   cutter->options->transfer.chunk_size),
				 errhint("DataRobot accepts at most 50 MB in a request.")));
	snprintf(message, sizeof(message), "row " UINT64_FORMAT " is too large for one request",
			 row_number(cutter));
	return make_failure(cutter, ERRCODE_PROGRAM_LIMIT_EXCEEDED, message);
}

static RowFailure *
make_failure(const Cutter *cutter, int sqlerrcode, const char *message)
{
	RowFailure *failure = MemoryContextAllocZero(cutter->failure_cxt, sizeof(RowFailure));

	failure->sqlerrcode = sqlerrcode;
	failure->message = MemoryContextStrdup(cutter->failure_cxt, message);
	return failure;
}

/* Make a chunk of a row that cannot be sent: full, with an empty record and its failure. */
static void
add_failed_row(Cutter *cutter, const Datum *values, const bool *isnull, const RowFailure *failure)
{
	MinimalTuple kept = form_kept(cutter, values, isnull);
	size_t		header_len;
	const char *header = drs_encoder_header(cutter->encoder, &header_len);
	Chunk	   *chunk;

	clear_filling(cutter);
	chunk = drs_chunk_open(cutter->cxt, row_number(cutter), 1, header_len, header, header_len,
						   kept != NULL);
	drs_chunk_add_record(chunk, header_len, kept);
	chunk->failure = MemoryContextAllocZero(chunk->cxt, sizeof(RowFailure));
	*chunk->failure = *failure;
	chunk->failure->message = MemoryContextStrdup(chunk->cxt, failure->message);
	cutter->filling = chunk;
	if (kept)
		pfree(kept);
	MemoryContextReset(cutter->failure_cxt);
}

void
drs_cutter_flush(Cutter *cutter)
{
	Chunk	   *chunk = cutter->filling;

	if (chunk == NULL)
		return;
	cutter->filling = NULL;
	cutter->whole_rows = 0;
	cutter->sent_rows += chunk->nrows;
	cutter->sent_bytes += chunk->len;
	cutter->send(chunk, cutter->send_arg);
}

void
drs_cutter_flush_whole(Cutter *cutter)
{
	Chunk	   *chunk = cutter->filling;

	if (cutter->series && chunk)
	{
		if (cutter->whole_rows == 0)
			return;
		cutter->filling = drs_chunk_cut(chunk, cutter->whole_rows, cutter->cxt);
		drs_cutter_flush(cutter);
		cutter->filling = chunk;
	}
	else
		drs_cutter_flush(cutter);
}

bool
drs_cutter_is_within_series(const Cutter *cutter)
{
	return cutter->series && cutter->filling && cutter->whole_rows == 0;
}

/* Number of the row being put. */
static inline uint64
row_number(const Cutter *cutter)
{
	return cutter->plan->first_row + cutter->nput;
}

static void
open_chunk(Cutter *cutter, size_t max_len)
{
	size_t		header_len;
	const char *header = drs_encoder_header(cutter->encoder, &header_len);

	cutter->filling = drs_chunk_open(cutter->cxt, row_number(cutter),
									 cutter->series ? cutter->options->transfer.chunk_rows :
									 cutter->sizing->max_rows,
									 Max(max_len, header_len), header, header_len,
									 cutter->kept_desc != NULL);
	cutter->filling->is_json = cutter->is_json;
	if (cutter->series)
		drs_chunk_mark_series(cutter->filling);
}

/*
 * The size of as many rows as the next chunk may have, a quarter longer than
 * the rows so far; before any were sent, the largest size.
 */
static size_t
expected_bytes(const Cutter *cutter)
{
	uint64		expected = cutter->sizing->max_bytes;

	if (cutter->sent_rows > 0)
		expected = cutter->sent_bytes / cutter->sent_rows * cutter->sizing->max_rows / 4 * 5;
	return Min(cutter->sizing->max_bytes, Max(expected, MIN_BODY_BYTES));
}

/* Note the empty texts of the row being put that the server is to hand back. */
static void
note_empties(const Cutter *cutter, const Datum *values, const bool *isnull)
{
	const Columns *columns = cutter->columns;

	for (int i = 0; i < columns->npassed; i++)
	{
		int			column = columns->passed[i];

		if (!isnull[column] && drs_columns_is_text(columns, column) &&
			toast_raw_datum_size(values[column]) == VARHDRSZ)
			drs_chunk_add_empty(cutter->filling, row_number(cutter), column);
	}
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
	cutter->record_bytes = len - cutter->filling->len;
	drs_chunk_add_record(cutter->filling, len, kept);
	note_empties(cutter, values, isnull);
	if (kept)
		pfree(kept);
	return true;
}

/* Arguments and result of add_row, for an attempt. */
typedef struct AddedRow
{
	Cutter	   *cutter;
	const Datum *values;
	const bool *isnull;
	bool		fits;
} AddedRow;

static void
attempt_row(void *arg)
{
	AddedRow   *added = arg;

	added->fits = add_row(added->cutter, added->values, added->isnull);
}

/*
 * Add a row.  *failure is set when its texts cannot be converted and rows may
 * fail by themselves.  In a UTF-8 database nothing is converted.
 */
static PutResult
try_row(Cutter *cutter, const Datum *values, const bool *isnull, RowFailure **failure)
{
	AddedRow	added = {cutter, values, isnull, false};
	MemoryContext old;
	ErrorData  *error;

	if (!cutter->plan->isolates || GetDatabaseEncoding() == PG_UTF8 || !drs_can_attempt())
		return add_row(cutter, values, isnull) ? PUT_DONE : PUT_FULL;
	old = MemoryContextSwitchTo(cutter->failure_cxt);
	error = drs_attempt(attempt_row, &added, false);
	MemoryContextSwitchTo(old);
	if (error == NULL)
		return added.fits ? PUT_DONE : PUT_FULL;
	if (error->sqlerrcode != ERRCODE_CHARACTER_NOT_IN_REPERTOIRE &&
		error->sqlerrcode != ERRCODE_UNTRANSLATABLE_CHARACTER)
		ReThrowError(error);
	*failure = make_failure(cutter, error->sqlerrcode, error->message);
	return PUT_FAILED;
}

/*
 * The kept columns of a row as a tuple of their own, palloc'd; NULL when there
 * are none.  A TOAST pointer would not outlive the snapshot it was read with.
 */
static MinimalTuple
form_kept(const Cutter *cutter, const Datum *values, const bool *isnull)
{
	const Columns *columns = cutter->columns;
	Datum	   *kept_values = cutter->kept_values;
	bool	   *kept_isnull = cutter->kept_isnull;
	MinimalTuple tuple;
	bool		flattened = false;

	if (columns->nkept == 0)
		return NULL;
	for (int i = 0; i < columns->nkept; i++)
	{
		kept_values[i] = values[columns->kept[i]];
		kept_isnull[i] = isnull[columns->kept[i]];
		if (!is_external(cutter, i, kept_values[i], kept_isnull[i]))
			continue;
		kept_values[i] = PointerGetDatum(
			detoast_external_attr((struct varlena *) DatumGetPointer(kept_values[i])));
		flattened = true;
	}
	tuple = drs_form_minimal_tuple(cutter->kept_desc, kept_values, kept_isnull);
	for (int i = 0; flattened && i < columns->nkept; i++)
		if (is_external(cutter, i, values[columns->kept[i]], kept_isnull[i]))
			pfree(DatumGetPointer(kept_values[i]));
	return tuple;
}

static inline bool
is_external(const Cutter *cutter, int kept, Datum value, bool isnull)
{
	return cutter->kept_varlena[kept] && !isnull && VARATT_IS_EXTERNAL(DatumGetPointer(value));
}

static void
encode_error(void *arg)
{
	const Cutter *cutter = arg;
	const char *column = drs_encoder_column(cutter->encoder);

	if (column)
		errcontext("row " UINT64_FORMAT " to score, column \"%s\"", row_number(cutter), column);
}
