/*
 * decode.c
 *		Decodes CSV replies.
 *
 * The contract of the API (reference 0.2): one record for each row sent, in
 * the same order.  Whatever breaks it is an error that names the rows of the
 * chunk, and nothing of that chunk is used.
 *
 * That a value does not fit its column is another matter: where rows may fail
 * by themselves, it is the failure of its row.  Records are then decoded in a
 * subtransaction up to the first such, and in another from the next on.
 * PostgreSQL licence.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/json.h"
#include "utils/memutils.h"

#include "attempt.h"
#include "compat.h"
#include "csvreader.h"
#include "decode.h"
#include "exchange.h"
#include "layout.h"
#include "message.h"

/* Values take more room than their text, but not that much more. */
#define MAX_GROWTH 4

#define CHECK_EVERY 64			/* records between two looks at interrupts and memory */

#define MAX_MESSAGE 1000		/* bytes of a failure's message; it may quote a value */

#define MAX_FIELDS 16384		/* more than classes, explanations and passthrough columns make */

struct Decoder
{
	const Shape *shape;
	const Columns *columns;
	const Request *request;
	bool		verify_order;
	int64		max_size;		/* bytes of predictions of one answer */
	TupleDesc	kept_desc;		/* NULL when nothing is kept */
	TupleDesc	keys_desc;		/* its parts; NULL when empty */
	TupleDesc	passthrough_desc;
	Datum	   *kept_values;	/* of the record being decoded */
	bool	   *kept_isnull;
	Layout	   *layout;			/* of the last reply; the next one's is usually the same */
	MemoryContext layout_cxt;
	int		   *header_columns; /* for FROM_HEADER: column of the reply, by column of the shape */
	bool		knows_reply;	/* the next two were set by the first reply */
	bool		is_number;
	bool	   *has_column;		/* by column of the shape */
	bool		isolates;		/* rows may fail by themselves */
	MemoryContext cxt;			/* the predictions; reset with every reply */
	MemoryContext row_cxt;		/* reset with every record */
	int			last_class;		/* class found for the previous record */
	const CsvField *fields;		/* of the record being decoded */
	const char *column;			/* result column being filled, for messages */
	uint64		row;			/* row being decoded, for messages; 0: none */
	const RowFailure *failure;	/* of the row being decoded; NULL: it has none */
	const Chunk *chunk;
};

/* Where the reading of a reply is. */
typedef struct Reading
{
	Decoder    *decoder;
	CsvReader  *reader;
	Predictions *predictions;
	int			nrows;			/* decoded so far */
	CsvStatus	status;			/* of the last record read */
} Reading;

static CsvReader *open_reader(Decoder *decoder);
static void read_header(Decoder *decoder, CsvReader *reader);
static void decode_reply(Decoder *decoder, Predictions *predictions);
static void read_records(Decoder *decoder, CsvReader *reader, Predictions *predictions);
static void read_all(void *arg);
static void read_past_failures(Reading *reading);
static void fail_row(Decoder *decoder, Predictions *predictions, int row, const RowFailure *failure);
static void decode_record(Decoder *decoder, const CsvRecord *record, Datum *values, bool *isnull);
static Datum column_value(Decoder *decoder, const ShapeColumn *column, int index, bool *isnull);
static void check_size(const Decoder *decoder);
static void deform_kept(Decoder *decoder);
static void decode_error(void *arg);

Decoder *
drs_decoder_create(const Shape *shape, const Columns *columns, const Request *request, const Options *options)
{
	Decoder    *decoder = palloc0(sizeof(Decoder));

	decoder->shape = shape;
	decoder->columns = columns;
	decoder->request = request;
	decoder->verify_order = options->verify_order;
	decoder->max_size = (int64) options->max_reply_size * MAX_GROWTH;
	decoder->kept_desc = drs_kept_desc(columns, 0, columns->nkept);
	decoder->keys_desc = drs_kept_desc(columns, 0, columns->nkeys);
	decoder->passthrough_desc = drs_kept_desc(columns, columns->nkeys, columns->nkept - columns->nkeys);
	decoder->kept_values = palloc(sizeof(Datum) * Max(columns->nkept, 1));
	decoder->kept_isnull = palloc(sizeof(bool) * Max(columns->nkept, 1));
	decoder->header_columns = palloc(sizeof(int) * Max(shape->ncolumns, 1));
	decoder->has_column = palloc0(sizeof(bool) * Max(shape->ncolumns, 1));
	decoder->layout_cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring layout",
												ALLOCSET_SMALL_SIZES);
	decoder->cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring predictions",
										 ALLOCSET_DEFAULT_SIZES);
	decoder->row_cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring reply record",
											 ALLOCSET_SMALL_SIZES);
	return decoder;
}

void
drs_decoder_isolate(Decoder *decoder)
{
	decoder->isolates = true;
}

bool
drs_decoder_knows_reply(const Decoder *decoder)
{
	return decoder->knows_reply;
}

bool
drs_decoder_has_column(const Decoder *decoder, int column)
{
	return decoder->has_column[column];
}

bool
drs_decoder_is_number(const Decoder *decoder)
{
	return decoder->is_number;
}

const Predictions *
drs_decode(Decoder *decoder, const Chunk *chunk)
{
	ErrorContextCallback context = {error_context_stack, decode_error, decoder};
	MemoryContext old;
	Predictions *predictions;

	decoder->chunk = chunk;
	decoder->row = 0;
	decoder->column = NULL;
	decoder->failure = NULL;
	error_context_stack = &context;
	MemoryContextReset(decoder->cxt);
	old = MemoryContextSwitchTo(decoder->cxt);

	predictions = palloc(sizeof(Predictions));
	predictions->nrows = chunk->nrows;
	predictions->ncolumns = decoder->shape->ncolumns;
	predictions->values = palloc_extended(sizeof(Datum) * chunk->nrows * predictions->ncolumns,
										  MCXT_ALLOC_HUGE);
	predictions->isnull = palloc_extended(sizeof(bool) * chunk->nrows * predictions->ncolumns,
										  MCXT_ALLOC_HUGE);
	predictions->failures = NULL;
	if (chunk->failure)
		fail_row(decoder, predictions, 0, chunk->failure);
	else
		decode_reply(decoder, predictions);

	MemoryContextSwitchTo(old);
	error_context_stack = context.previous;
	return predictions;
}

/* Closes the reader however the decoding ends. */
static void
close_reader(void *arg)
{
	drs_csv_close(arg);
}

static void
decode_reply(Decoder *decoder, Predictions *predictions)
{
	MemoryContextCallback *closer = palloc0(sizeof(MemoryContextCallback));
	CsvReader  *reader = open_reader(decoder);

	closer->func = close_reader;
	closer->arg = reader;
	MemoryContextRegisterResetCallback(decoder->cxt, closer);
	read_header(decoder, reader);
	read_records(decoder, reader, predictions);
}

/*
 * Check type and encoding of the reply and open a reader on it.  The bytes
 * are checked as a whole here; after that they are text of the server's
 * encoding, without a NUL among them.
 */
static CsvReader *
open_reader(Decoder *decoder)
{
	const Exchange *exchange = decoder->chunk->exchange;
	char	   *text = exchange->body.data;
	size_t		len = exchange->body.len;
	char	   *converted;
	CsvReader  *reader;

	if (!drs_exchange_is_csv(exchange))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the answer is not CSV"),
				 errdetail("Its content type is \"%s\".", exchange->content_type)));
	if (len == 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the answer is empty")));
	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
	{
		text += 3;				/* byte order mark */
		len -= 3;
	}
	converted = pg_any_to_server(text, len, PG_UTF8);
	if (converted != text)
		len = strlen(converted);
	reader = drs_csv_open(converted, len, MAX_FIELDS);
	if (reader == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory for reading an answer")));
	return reader;
}

/* Raise for a text that libcsv could not take apart. */
static void
refuse_csv(CsvReader *reader)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the answer is not well-formed CSV"),
			 errdetail("In it, %s.", drs_csv_problem(reader))));
}

static void
refuse_unknown_column(const Decoder *decoder, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("there is no column \"%s\" in the predictions", name),
			 errdetail("Deployment %s answers with the columns %s.", decoder->request->deployment,
					   drs_layout_names(decoder->layout)),
			 errhint("Other names to use: row_number, prediction, probability, probabilities, threshold, "
					 "positive_class, model_id, request_id, and key or passthrough columns of the query.")));
}

/* Does a reply of this layout have what the column is filled from? */
static bool
is_in_reply(const Layout *layout, const ShapeColumn *column)
{
	switch (column->source)
	{
		case FROM_PROBABILITY:
		case FROM_PROBABILITIES:
			return layout->nclasses > 0;
		case FROM_THRESHOLD:
			return layout->threshold >= 0;
		case FROM_POSITIVE_CLASS:
			return layout->positive_class >= 0;
		case FROM_HEADER:
			return drs_layout_find(layout, column->name) >= 0;
		default:
			return true;
	}
}

/* Match the columns of the shape with those of a layout not seen before. */
static void
find_columns(Decoder *decoder)
{
	for (int i = 0; i < decoder->shape->ncolumns; i++)
	{
		const ShapeColumn *column = &decoder->shape->columns[i];
		bool		found;

		if (column->name == NULL)
			continue;
		found = is_in_reply(decoder->layout, column);
		if (!found && column->source == FROM_HEADER && !column->optional)
			refuse_unknown_column(decoder, column->name);
		if (!found && column->optional && decoder->has_column[i])
			ereport(ERROR,
					(errcode(ERRCODE_PROTOCOL_VIOLATION),
					 errmsg("the answer lacks the column \"%s\", which earlier ones had", column->name),
					 errdetail("Its columns are %s.", drs_layout_names(decoder->layout))));
		if (!decoder->knows_reply)
			decoder->has_column[i] = found;
		if (column->source == FROM_HEADER)
			decoder->header_columns[i] = decoder->has_column[i] ? drs_layout_find(decoder->layout, column->name) : -1;
	}
	if (!decoder->knows_reply)
		decoder->is_number = decoder->layout->nclasses == 0;
	decoder->knows_reply = true;
}

static void
read_header(Decoder *decoder, CsvReader *reader)
{
	CsvRecord	header;
	CsvStatus	status = drs_csv_next(reader, &header);

	if (status == CSV_BROKEN)
		refuse_csv(reader);
	if (status == CSV_END)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the answer is empty")));
	if (decoder->layout && drs_layout_fits(decoder->layout, &header))
		return;

	MemoryContextReset(decoder->layout_cxt);
	MemoryContextSwitchTo(decoder->layout_cxt);
	decoder->layout = NULL;
	decoder->layout = drs_layout_read(&header);
	decoder->last_class = 0;
	MemoryContextSwitchTo(decoder->cxt);
	if (decoder->verify_order && decoder->layout->order < 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the answer lacks the column \"%s\"", DRS_ORDER_COLUMN),
				 errdetail("The option \"verify_order\" needs a server that passes columns through.")));
	find_columns(decoder);
}

static void
refuse_count(const Decoder *decoder, uint64 nrecords)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the answer has %s predictions than rows were sent",
					nrecords < (uint64) decoder->chunk->nrows ? "fewer" : "more"),
			 errdetail("%d rows were sent, " UINT64_FORMAT " predictions came.", decoder->chunk->nrows, nrecords)));
}

static void
read_records(Decoder *decoder, CsvReader *reader, Predictions *predictions)
{
	Reading		reading = {decoder, reader, predictions, 0, CSV_RECORD};

	if (decoder->isolates)
		read_past_failures(&reading);
	else
		read_all(&reading);
	decoder->row = 0;
	if (reading.status == CSV_BROKEN)
		refuse_csv(reader);
	if (reading.nrows < predictions->nrows)
		refuse_count(decoder, reading.nrows);
}

/* Decode the records from where the reading is to the end of the reply. */
static void
read_all(void *arg)
{
	Reading    *reading = arg;
	Decoder    *decoder = reading->decoder;
	const Layout *layout = decoder->layout;
	Predictions *predictions = reading->predictions;
	CsvRecord	record;

	while ((reading->status = drs_csv_next(reading->reader, &record)) == CSV_RECORD)
	{
		size_t		at = (size_t) reading->nrows * predictions->ncolumns;

		if (reading->nrows == predictions->nrows)
			refuse_count(decoder, (uint64) reading->nrows + 1);
		decoder->row = decoder->chunk->first_row + reading->nrows;
		if (record.nfields != layout->ncolumns)
			ereport(ERROR,
					(errcode(ERRCODE_PROTOCOL_VIOLATION),
					 errmsg("a record of the answer has %d fields instead of %d", record.nfields, layout->ncolumns)));
		decode_record(decoder, &record, predictions->values + at, predictions->isnull + at);
		reading->nrows++;
		if (reading->nrows % CHECK_EVERY == 0)
			check_size(decoder);
	}
}

/* read_all, where a record with a value that its column does not take is the failure of its row. */
static void
read_past_failures(Reading *reading)
{
	Decoder    *decoder = reading->decoder;

	while (reading->status == CSV_RECORD)
	{
		ErrorData  *error = drs_attempt(read_all, reading, false);
		RowFailure *failure;

		if (error == NULL)
			return;
		if (decoder->column == NULL || !drs_error_is_of_row(error))
			ReThrowError(error);
		failure = palloc0(sizeof(RowFailure));
		failure->http_status = decoder->chunk->exchange->status;
		failure->sqlerrcode = error->sqlerrcode;
		failure->message = drs_one_line(error->message, strlen(error->message), MAX_MESSAGE);
		failure->record = drs_chunk_record(decoder->chunk, reading->nrows, &failure->record_len);
		FreeErrorData(error);
		fail_row(decoder, reading->predictions, reading->nrows++, failure);
		check_size(decoder);
	}
}

/* A failed row that is being filled in. */
typedef struct Filling
{
	Decoder    *decoder;
	Datum	   *values;
	bool	   *isnull;
	int			column;			/* the next */
} Filling;

/* Is the column filled from something else than the reply? */
static bool
survives_failure(const ShapeColumn *column)
{
	switch (column->source)
	{
		case FROM_ROW_NUMBER:
		case FROM_KEPT:
		case FROM_KEYS:
		case FROM_PASSTHROUGH:
		case FROM_ERROR:
		case FROM_RECORD:
			return true;
		default:
			return false;
	}
}

/* Fill in the columns from where the filling is on. */
static void
fill_columns(void *arg)
{
	Filling    *filling = arg;
	Decoder    *decoder = filling->decoder;

	for (; filling->column < decoder->shape->ncolumns; filling->column++)
	{
		const ShapeColumn *column = &decoder->shape->columns[filling->column];
		bool	   *isnull = &filling->isnull[filling->column];
		Datum	   *value = &filling->values[filling->column];

		decoder->column = column->name;
		*isnull = true;
		*value = (Datum) 0;
		if (column->name && survives_failure(column))
			*value = column_value(decoder, column, filling->column, isnull);
	}
}

/* Note the failure of a row, and fill it in; a column whose type does not take what it is given is NULL. */
static void
fail_row(Decoder *decoder, Predictions *predictions, int row, const RowFailure *failure)
{
	size_t		at = (size_t) row * predictions->ncolumns;
	Filling		filling = {decoder, predictions->values + at, predictions->isnull + at, 0};
	ErrorData  *error;

	if (predictions->failures == NULL)
		predictions->failures = palloc0(sizeof(RowFailure *) * predictions->nrows);
	predictions->failures[row] = failure;

	decoder->row = decoder->chunk->first_row + row;
	decoder->failure = failure;
	if (decoder->kept_desc)
		deform_kept(decoder);
	while ((error = drs_attempt(fill_columns, &filling, false)) != NULL)
	{
		if (!drs_error_is_of_row(error))
			ReThrowError(error);
		FreeErrorData(error);
		filling.isnull[filling.column++] = true;
	}
	decoder->failure = NULL;
	decoder->column = NULL;
	decoder->row = 0;
	MemoryContextReset(decoder->row_cxt);
}

/* Labels are repeated in every row's "probabilities": what a reply becomes is bounded, as the reply is. */
static void
check_size(const Decoder *decoder)
{
	CHECK_FOR_INTERRUPTS();
	if (MemoryContextMemAllocated(decoder->cxt, false) > (Size) decoder->max_size)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the predictions of an answer take more than " INT64_FORMAT " bytes", decoder->max_size),
				 errhint("Lower the option \"chunk_rows\", or raise \"max_reply_size\".")));
}

static void
check_order(const Decoder *decoder)
{
	const CsvField *field = &decoder->fields[decoder->layout->order];
	char		expected[MAXINT8LEN + 1];

	pg_lltoa((int64) decoder->row, expected);
	if (field->text == NULL || strcmp(field->text, expected) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the predictions are not in the order of the rows"),
				 errdetail("The prediction for row %s came where that for row %s belongs.",
						   field->text ? drs_one_line(field->text, field->len, 40) : "(none)", expected)));
}

/* The kept columns of the row being decoded; their values point into the chunk. */
static void
deform_kept(Decoder *decoder)
{
	MinimalTuple kept = decoder->chunk->kept[decoder->row - decoder->chunk->first_row];
	HeapTupleData tuple;

	tuple.t_len = kept->t_len + MINIMAL_TUPLE_OFFSET;
	tuple.t_data = (HeapTupleHeader) ((char *) kept - MINIMAL_TUPLE_OFFSET);
	heap_deform_tuple(&tuple, decoder->kept_desc, decoder->kept_values, decoder->kept_isnull);
}

static void
decode_record(Decoder *decoder, const CsvRecord *record, Datum *values, bool *isnull)
{
	const Shape *shape = decoder->shape;

	decoder->fields = record->fields;
	if (decoder->verify_order)
		check_order(decoder);
	if (decoder->kept_desc)
		deform_kept(decoder);
	for (int i = 0; i < shape->ncolumns; i++)
	{
		const ShapeColumn *column = &shape->columns[i];

		decoder->column = column->name;
		isnull[i] = true;
		values[i] = column->name ? column_value(decoder, column, i, &isnull[i]) : (Datum) 0;
	}
	decoder->column = NULL;
	MemoryContextReset(decoder->row_cxt);
}

/*
 * A text as a value of the column's type; NULL stays NULL, though a domain may
 * object.  Input functions leave garbage behind: they run in the context of
 * the record, and only the value goes where the predictions are.
 */
static Datum
text_value(const Decoder *decoder, const ShapeColumn *column, const char *text, size_t len, bool *isnull)
{
	MemoryContext old;
	Datum		value;

	*isnull = text == NULL;
	if (text && column->type == FLOAT8OID)
		return Float8GetDatum(drs_float8in(unconstify(char *, text)));
	if (text && (column->type == TEXTOID || (column->type == VARCHAROID && column->typmod < 0)))
		return PointerGetDatum(cstring_to_text_with_len(text, len));
	old = MemoryContextSwitchTo(decoder->row_cxt);
	value = InputFunctionCall(unconstify(FmgrInfo *, &column->input), unconstify(char *, text),
							  column->ioparam, column->typmod);
	MemoryContextSwitchTo(old);
	return *isnull ? value : datumCopy(value, column->typbyval, column->typlen);
}

static Datum
field_value(const Decoder *decoder, const ShapeColumn *column, int field, bool *isnull)
{
	if (field < 0)
		return text_value(decoder, column, NULL, 0, isnull);
	return text_value(decoder, column, decoder->fields[field].text, decoder->fields[field].len, isnull);
}

/*
 * The class whose probability stands for the row: the positive one of a
 * binary answer, else the predicted one.  Rows mostly share it with the row
 * before, which is tried first.
 */
static int
telling_class(Decoder *decoder)
{
	const Layout *layout = decoder->layout;
	int			column = layout->positive_class >= 0 ? layout->positive_class : layout->prediction;
	const char *label = decoder->fields[column].text;

	if (label == NULL)
		return -1;
	if (strcmp(layout->classes[decoder->last_class].label, label) != 0)
	{
		int			found = drs_layout_class(layout, label);

		if (found < 0)
			ereport(ERROR,
					(errcode(ERRCODE_PROTOCOL_VIOLATION),
					 errmsg("the answer names the class \"%s\" but has no column for it",
							drs_one_line(label, strlen(label), 100)),
					 errdetail("Its columns are %s.", drs_layout_names(layout))));
		decoder->last_class = found;
	}
	return decoder->last_class;
}

static Datum
probability(Decoder *decoder, const ShapeColumn *column, bool *isnull)
{
	int			class = decoder->layout->nclasses > 0 ? telling_class(decoder) : -1;

	return field_value(decoder, column, class < 0 ? -1 : decoder->layout->classes[class].column, isnull);
}

/* A probability as JSON has it: NaN and infinities, which JSON lacks, become strings. */
static void
append_json_number(StringInfo json, const CsvField *field)
{
	if (field->text == NULL)
		appendStringInfoString(json, "null");
	else if (IsValidJsonNumber(field->text, field->len))
		appendBinaryStringInfo(json, field->text, field->len);
	else
		escape_json(json, field->text);
}

static Datum
probabilities(Decoder *decoder, const ShapeColumn *column, bool *isnull)
{
	const Layout *layout = decoder->layout;
	MemoryContext old;
	StringInfoData json;

	if (layout->nclasses == 0)
		return text_value(decoder, column, NULL, 0, isnull);
	old = MemoryContextSwitchTo(decoder->row_cxt);
	initStringInfo(&json);
	for (int i = 0; i < layout->nclasses; i++)
	{
		appendStringInfoString(&json, i == 0 ? "{" : ", ");
		escape_json(&json, layout->classes[i].label);
		appendStringInfoString(&json, ": ");
		append_json_number(&json, &decoder->fields[layout->classes[i].column]);
	}
	appendStringInfoChar(&json, '}');
	MemoryContextSwitchTo(old);
	return text_value(decoder, column, json.data, json.len, isnull);
}

/* Some of the kept columns as a JSON object, by the core's own row_to_json; NULL when there are none. */
static Datum
kept_as_json(Decoder *decoder, const ShapeColumn *column, TupleDesc desc, int first, bool *isnull)
{
	MemoryContext old;
	HeapTuple	tuple;
	char	   *json;

	if (desc == NULL)
		return text_value(decoder, column, NULL, 0, isnull);
	old = MemoryContextSwitchTo(decoder->row_cxt);
	tuple = heap_form_tuple(desc, decoder->kept_values + first, decoder->kept_isnull + first);
	json = TextDatumGetCString(DirectFunctionCall1(row_to_json, HeapTupleGetDatum(tuple)));
	MemoryContextSwitchTo(old);
	return text_value(decoder, column, json, strlen(json), isnull);
}

/* A kept column of another type than the result's goes through its text. */
static Datum
converted_kept(Decoder *decoder, const ShapeColumn *column, bool *isnull)
{
	MemoryContext old;
	char	   *text;

	if (decoder->kept_isnull[column->kept])
		return text_value(decoder, column, NULL, 0, isnull);
	old = MemoryContextSwitchTo(decoder->row_cxt);
	text = OutputFunctionCall(unconstify(FmgrInfo *, &column->output), decoder->kept_values[column->kept]);
	MemoryContextSwitchTo(old);
	return text_value(decoder, column, text, strlen(text), isnull);
}

/* The record as it was sent, in the server's encoding. */
static Datum
sent_record(Decoder *decoder, const ShapeColumn *column, bool *isnull)
{
	const Chunk *chunk = decoder->chunk;
	MemoryContext old = MemoryContextSwitchTo(decoder->row_cxt);
	size_t		len = 0;
	const char *record = drs_chunk_record(chunk, (int) (decoder->row - chunk->first_row), &len);
	char	   *text = NULL;

	if (record)
	{
		text = pg_any_to_server(pnstrdup(record, len), (int) len, PG_UTF8);
		len = strlen(text);
	}
	MemoryContextSwitchTo(old);
	return text_value(decoder, column, text, len, isnull);
}

static Datum
column_value(Decoder *decoder, const ShapeColumn *column, int index, bool *isnull)
{
	const Layout *layout = decoder->layout;
	const Exchange *exchange = decoder->chunk->exchange;
	char		number[MAXINT8LEN + 1];

	switch (column->source)
	{
		case FROM_ROW_NUMBER:
			return text_value(decoder, column, number, pg_lltoa((int64) decoder->row, number), isnull);
		case FROM_PREDICTION:
			return field_value(decoder, column, layout->prediction, isnull);
		case FROM_PROBABILITY:
			return probability(decoder, column, isnull);
		case FROM_NUMBER:
			if (layout->nclasses > 0)
				return probability(decoder, column, isnull);
			return field_value(decoder, column, layout->prediction, isnull);
		case FROM_PROBABILITIES:
			return probabilities(decoder, column, isnull);
		case FROM_THRESHOLD:
			return field_value(decoder, column, layout->threshold, isnull);
		case FROM_POSITIVE_CLASS:
			return field_value(decoder, column, layout->positive_class, isnull);
		case FROM_MODEL_ID:
			return text_value(decoder, column, exchange->model_id[0] ? exchange->model_id : NULL,
							  strlen(exchange->model_id), isnull);
		case FROM_REQUEST_ID:
			return text_value(decoder, column, exchange->request_id[0] ? exchange->request_id : NULL,
							  strlen(exchange->request_id), isnull);
		case FROM_KEYS:
			return kept_as_json(decoder, column, decoder->keys_desc, 0, isnull);
		case FROM_PASSTHROUGH:
			return kept_as_json(decoder, column, decoder->passthrough_desc, decoder->columns->nkeys, isnull);
		case FROM_HEADER:
			return field_value(decoder, column, decoder->header_columns[index], isnull);
		case FROM_ERROR:
			return text_value(decoder, column, decoder->failure ? decoder->failure->message : NULL,
							  decoder->failure ? strlen(decoder->failure->message) : 0, isnull);
		case FROM_RECORD:
			return sent_record(decoder, column, isnull);
		case FROM_KEPT:
			if (!column->copies)
				return converted_kept(decoder, column, isnull);
			*isnull = decoder->kept_isnull[column->kept];
			return decoder->kept_values[column->kept];
	}
	return (Datum) 0;			/* keep the compiler quiet */
}

static void
decode_error(void *arg)
{
	Decoder    *decoder = arg;
	const Chunk *chunk = decoder->chunk;

	if (decoder->row > 0 && decoder->column)
		errcontext("prediction for row " UINT64_FORMAT ", column \"%s\"", decoder->row, decoder->column);
	errcontext("answer of deployment %s to rows " UINT64_FORMAT " to " UINT64_FORMAT,
			   decoder->request->deployment, chunk->first_row, chunk->first_row + chunk->nrows - 1);
}
