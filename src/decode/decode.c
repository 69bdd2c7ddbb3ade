/*
 * decode.c
 *		Decodes replies.
 *
 * The contract of the API (docs/api.md 1): one record for each row sent, in
 * the same order.  Whatever breaks it is an error that names the rows of the
 * chunk, and nothing of that chunk is used.
 *
 * That a value does not fit its column is another matter: where rows may fail
 * by themselves, it is the failure of its row.  Records are then decoded in a
 * subtransaction up to the first such, and in another from the next on.
 *
 */
#include "postgres.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/names.h"
#include "base/servermessage.h"
#include "base/subxact.h"
#include "decode/decode.h"
#include "decode/duplicateforecast.h"
#include "decode/fill.h"
#include "decode/reply.h"
#include "decode/requestedoutput.h"
#include "decode/sentseries.h"

/* Values take more room than their text, but not that much more. */
#define MAX_GROWTH 4

#define CHECK_EVERY 64			/* records between two looks at interrupts and memory */

#define MAX_MESSAGE 1000		/* bytes of a failure's message; it may quote a value */

struct Decoder
{
	const Shape *shape;
	const Request *request;
	ReplyTerms	terms;
	AskedFor	asked_for;
	bool		verify_order;
	int64		max_size;		/* bytes of predictions of one answer */
	const Layout *layout;		/* of the last reply; the next one's is usually the same */
	MemoryContext layout_cxt;
	int		   *header_columns; /* for FROM_HEADER: column of the reply, by column of the shape */
	AnswerFacts facts;
	bool		asks_ngrams;
	bool		knows_number;	/* facts.is_number was set by the first row */
	char	   *positive;		/* label of the positive class, as shown
								 * or asked for; NULL: not known */
	bool		asked;			/* in vain */
	double		margin;			/* that probabilities may be rounded by */
	MemoryContext own_cxt;
	DecodePlan	plan;
	const char *series_column;	/* as it is sent; NULL: none, or several */
	SentSet    *sent;			/* series that an answer's forecasts
								 * have to be of; NULL: not known */
	Twice	   *twice;			/* of an answer that has forecasts; NULL: it has none */
	bool		looks_at_rows;	/* of an answer */
	MemoryContext cxt;			/* the predictions; reset with every reply */
	MemoryContext row_cxt;		/* reset with every row */
	Filler	   *filler;
	Answer		answer;			/* being decoded, or decoded last */
	const Chunk *chunk;			/* its chunk */
};

/* Where the reading of a reply is. */
typedef struct Reading
{
	Decoder    *decoder;
	Reply	   *reply;
	Predictions *predictions;
	int			nrows;			/* decoded so far */
	bool		ended;			/* there are no more */
} Reading;

static void decode_reply(Decoder *decoder, Predictions *predictions);
static void fail_row(Decoder *decoder, Predictions *predictions, int row,
					 const RowFailure *failure);
static void check_size(const Decoder *decoder);
static void decode_error(void *arg);

/* The names that the server was asked to hand back, as they were sent. */
static List *
passed_names(const Columns *columns)
{
	List	   *names = NIL;

	for (int i = 0; i < columns->npassed; i++)
		names = lappend(names,
						unconstify(char *, drs_columns_sent_as(columns, columns->passed[i])));
	return names;
}

/* The name by which the only column of time series is sent. */
static const char *
series_column(const Columns *columns, const Options *options)
{
	int			sent;

	if (list_length(options->call.series_columns) != 1)
		return NULL;
	sent = drs_names_column_among(columns->desc, columns->sent, columns->nsent,
								  linitial(options->call.series_columns));
	return sent < 0 ? NULL : columns->names[sent];
}

Decoder *
drs_decoder_create(const Shape *shape, const Columns *columns, const Request *request,
				   const Options *options, const DecodePlan *plan)
{
	Decoder    *decoder = palloc0(sizeof(Decoder));

	decoder->shape = shape;
	decoder->plan = *plan;
	decoder->request = request;
	decoder->terms.format = request->answer;
	decoder->terms.bare = options->server.addressing == ADDRESSING_DRUM;
	decoder->terms.columns = columns;
	decoder->terms.passed = passed_names(columns);
	decoder->asked_for = drs_requestedoutput_for(options);
	decoder->terms.positive_class = options->call.positive_class;
	decoder->terms.target_type = request->target_type;
	decoder->own_cxt = CurrentMemoryContext;
	decoder->margin = options->parameters.decimals_number ?
		pow(10, -strtod(options->parameters.decimals_number, NULL)) : 1e-6;
	decoder->verify_order = options->call.verify_order;
	decoder->series_column = series_column(columns, options);
	decoder->max_size = (int64) options->transfer.max_reply_size * MAX_GROWTH;
	decoder->header_columns = palloc(sizeof(int) * Max(shape->ncolumns, 1));
	decoder->facts.has_column = palloc0(sizeof(bool) * Max(shape->ncolumns, 1));
	decoder->layout_cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring layout",
												ALLOCSET_SMALL_SIZES);
	decoder->cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring predictions",
										 ALLOCSET_DEFAULT_SIZES);
	decoder->row_cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring reply row",
											 ALLOCSET_SMALL_SIZES);
	decoder->asks_ngrams = options->parameters.max_ngram_explanations != NULL;
	decoder->filler = drs_filler_create(shape, columns, decoder->row_cxt);
	decoder->filler->has_column = decoder->facts.has_column;
	return decoder;
}

/* Is a column filled from what is known only with the positive class? */
static bool
needs_positive(const Shape *shape)
{
	for (int i = 0; i < shape->ncolumns; i++)
	{
		const ShapeColumn *column = &shape->columns[i];

		if (column->name &&
			(column->source == FROM_PROBABILITY || column->source == FROM_POSITIVE_CLASS ||
			 column->source == FROM_NUMBER ||
			 (column->source == FROM_HEADER &&
			  pg_strcasecmp(column->name, "POSITIVE_CLASS") == 0)))
			return true;
	}
	return false;
}

bool
drs_decoder_may_ask(const Decoder *decoder)
{
	return decoder->layout == NULL && decoder->terms.format == FORMAT_JSON &&
		decoder->terms.positive_class == NULL && needs_positive(decoder->shape);
}

const AnswerFacts *
drs_decoder_facts(const Decoder *decoder)
{
	return &decoder->facts;
}

const Predictions *
drs_decode(Decoder *decoder, const Answer *answer)
{
	ErrorContextCallback context = {error_context_stack, decode_error, decoder};
	const Chunk *chunk = answer->chunk;
	MemoryContext old;
	Predictions *predictions;

	decoder->answer = *answer;
	decoder->chunk = chunk;
	decoder->filler->answer = &decoder->answer;
	decoder->filler->row = 0;
	decoder->filler->column = NULL;
	decoder->filler->failure = NULL;
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

static void
refuse_unknown_column(const Decoder *decoder, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("there is no column \"%s\" in the predictions", name),
			 errdetail("Deployment %s answers with the columns %s.", decoder->request->deployment,
					   drs_layout_names(decoder->layout)),
			 errhint("Other names to use: %s, and key or passthrough columns of the query.",
					 drs_prediction_field_names())));
}

/* Match the columns of the shape with those of a layout not seen before. */
static void
find_columns(Decoder *decoder, Layout *layout)
{
	const Shape *shape = decoder->shape;
	MemoryContext old = MemoryContextSwitchTo(decoder->layout_cxt);

	for (int i = 0; i < shape->ncolumns; i++)
		if (shape->columns[i].name && shape->columns[i].source == FROM_HEADER)
			drs_layout_imply_target(layout, shape->columns[i].name);
	MemoryContextSwitchTo(old);
	for (int i = 0; i < shape->ncolumns; i++)
	{
		const ShapeColumn *column = &shape->columns[i];
		bool		found;

		if (column->name == NULL || column->source != FROM_HEADER)
			continue;
		found = drs_fill_is_in_reply(layout, column);
		if (!found && !column->optional)
			refuse_unknown_column(decoder, column->name);
		if (!found && decoder->facts.has_column[i])
			ereport(ERROR,
					(errcode(ERRCODE_PROTOCOL_VIOLATION),
					 errmsg("the answer lacks the column \"%s\", which earlier ones had",
							column->name),
					 errdetail("Its columns are %s.", drs_layout_names(layout))));
		if (!decoder->facts.is_answered)
			decoder->facts.has_column[i] = found;
		decoder->header_columns[i] = decoder->facts.has_column[i] ?
			drs_layout_find(layout, column->name) : -1;
	}
}

/* Does the reply have what a part of a prediction is filled from? */
static bool
has_part(const Decoder *decoder, const ShapeColumn *column)
{
	const Answer *answer = &decoder->answer;

	switch (column->source)
	{
		case FROM_MODEL_ID:
			return answer->model_id[0] != '\0';
		case FROM_REQUEST_ID:
			return answer->request_id[0] != '\0';
		case FROM_NGRAMS:		/* JSON has them only beside the explanation of a text */
			return (decoder->asks_ngrams && decoder->layout->has_explanations) ||
				drs_fill_is_in_reply(decoder->layout, column);
		default:
			return drs_fill_is_in_reply(decoder->layout, column);
	}
}

/* Note which parts of predictions this reply has: the model may be another than before. */
static void
note_parts(Decoder *decoder)
{
	bool		changed = false;

	for (int i = 0; i < decoder->shape->ncolumns; i++)
	{
		const ShapeColumn *column = &decoder->shape->columns[i];
		bool		found;

		if (column->name == NULL || column->source == FROM_HEADER)
			continue;
		found = has_part(decoder, column);
		changed |= column->optional && found != decoder->facts.has_column[i];
		decoder->facts.has_column[i] = found;
	}
	decoder->facts.parts += changed;
	decoder->facts.is_answered = true;
}

/* What the deployment's record says of predictions that are no classes. */
static PredictionKind
kind_by_record(const char *target_type)
{
	if (target_type == NULL)
		return PREDICTS_UNKNOWN;
	if (pg_strcasecmp(target_type, "Regression") == 0 ||
		pg_strcasecmp(target_type, "Anomaly") == 0)
		return PREDICTS_NUMBERS;
	return PREDICTS_TEXTS;
}

/* Has the answer what only models have that predict numbers? */
static bool
is_of_numbers(const Layout *layout)
{
	const char *name = layout->nclasses > 0 ? NULL :
		layout->headers[layout->roles[ROLE_PREDICTION]];

	return layout->nclasses == 0 &&
		(layout->has[ROLE_FORECAST_POINT] || layout->has[ROLE_INTERVAL_LOW] ||
		 layout->has[ROLE_WARNING] ||
		 layout->has[ROLE_ADJUSTED] || layout->has_explanations ||
		 (name && strcmp(name, "ANOMALY_SCORE") == 0));
}

static void
warn_of_positive(const Layout *layout)
{
	ereport(WARNING,
			(errmsg("it is not known which of two classes is the positive one"),
			 errdetail("The classes are \"%s\" and \"%s\". Answers in JSON do not tell, so that"
					   " \"probability\" and \"positive_class\" are NULL.",
					   drs_one_line(layout->classes[0].label, strlen(layout->classes[0].label),
									100),
					   drs_one_line(layout->classes[1].label, strlen(layout->classes[1].label),
									100)),
			 errhint("Name it by the option \"positive_class\", or use the option \"format\""
					 " \"csv\".")));
}

/*
 * JSON does not say which of two classes is the positive
 * one: rows may show it, or somebody is asked.
 */
static void
find_positive(Decoder *decoder, const Reply *reply, Layout *layout)
{
	const char *label = decoder->positive;

	if (!layout->asks_positive || !needs_positive(decoder->shape))
		return;
	if (label == NULL || drs_layout_class(layout, label) < 0)
	{
		int			shown = drs_reply_positive(reply, decoder->margin);

		label = shown >= 0 ? layout->classes[shown].label :
			decoder->plan.ask_positive == NULL || decoder->asked ? NULL :
			decoder->plan.ask_positive(decoder->chunk, layout->has[ROLE_FORECAST_POINT],
									   decoder->plan.ask_arg);
		decoder->positive = label ? MemoryContextStrdup(decoder->own_cxt, label) : NULL;
	}
	layout->positive = label ? drs_layout_class(layout, label) : -1;
	if (layout->positive < 0 && !decoder->asked)
		warn_of_positive(layout);
	decoder->asked |= layout->positive < 0;
}

/* Which column of the query each of those is that the server hands back. */
static void
find_passed(Decoder *decoder, Layout *layout)
{
	const Columns *columns = decoder->terms.columns;

	layout->passed_from = MemoryContextAlloc(decoder->layout_cxt,
											 sizeof(int) * Max(layout->npassed, 1));
	for (int i = 0; i < layout->npassed; i++)
	{
		layout->passed_from[i] = -1;
		for (int j = 0; j < columns->npassed; j++)
			if (strcmp(drs_columns_sent_as(columns, columns->passed[j]),
					   layout->headers[layout->passed[i]]) == 0)
				layout->passed_from[i] = columns->passed[j];
	}
}

/* Read the layout of a reply; when it is another than the last one, it replaces it. */
static void
read_layout(Decoder *decoder, Reply *reply)
{
	const Layout *known = decoder->layout;
	const Layout *layout;

	decoder->layout = NULL;		/* for as long as it may be taken away */
	layout = drs_reply_layout(reply, known, decoder->layout_cxt);
	decoder->layout = layout ? layout : known;
	if (decoder->layout == known)
		return;
	if (decoder->verify_order && layout->roles[ROLE_ORDER] < 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the answer lacks the column \"%s\"", DRS_ORDER_COLUMN),
				 errdetail("The option \"verify_order\" needs a server that passes columns"
						   " through.")));
	drs_requestedoutput_check(&decoder->asked_for, layout, decoder->terms.passed);
	find_passed(decoder, unconstify(Layout *, layout));
	find_positive(decoder, reply, unconstify(Layout *, layout));
	find_columns(decoder, unconstify(Layout *, layout));
	drs_filler_set_layout(decoder->filler, layout, decoder->header_columns);
	decoder->filler->predicts = is_of_numbers(layout) ? PREDICTS_NUMBERS :
		kind_by_record(decoder->terms.target_type);
}

static void
refuse_count(const Decoder *decoder, uint64 nrecords)
{
	bool		forecasts = decoder->layout && decoder->layout->has[ROLE_FORECAST_POINT];

	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the answer has %s predictions than rows were sent",
					nrecords < (uint64) decoder->chunk->nrows ? "fewer" : "more"),
			 errdetail("%d rows were sent, " UINT64_FORMAT " predictions came.",
					   decoder->chunk->nrows, nrecords),
			 forecasts ?
			 errhint("These are forecasts: with the option \"format\" \"json\" the server tells"
					 " which row each is for.") : 0));
}

static void
check_order(const Decoder *decoder, const ReplyRow *row)
{
	const ReplyField *field = &row->fields[decoder->layout->roles[ROLE_ORDER]];
	char		expected[MAXINT8LEN + 1];

	pg_lltoa((int64) decoder->filler->row, expected);
	if (field->text == NULL || strcmp(field->text, expected) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the predictions are not in the order of the rows"),
				 errdetail("The prediction for row %s came where that for row %s belongs.",
						   field->text ? drs_one_line(field->text, field->len, 40) : "(none)",
						   expected)));
}

/*
 * Whether predictions are numbers is settled by the first
 * row: not by how it looks, but by what proves it.
 */
static void
note_number(Decoder *decoder, const ReplyRow *row)
{
	decoder->facts.is_number = decoder->layout->nclasses == 0 &&
		(decoder->filler->predicts == PREDICTS_NUMBERS || row->is_number);
	decoder->knows_number = true;
}

/* A server may not tell an empty text from NULL: which it was is known here. */
static void
restore_empties(const Decoder *decoder, ReplyRow *row)
{
	const Layout *layout = decoder->layout;

	if (decoder->chunk->nempties == 0 || decoder->filler->row == 0)
		return;
	for (int i = 0; i < layout->npassed; i++)
	{
		ReplyField	   *field = &row->fields[layout->passed[i]];

		if (field->text == NULL && layout->passed_from[i] >= 0 &&
			drs_chunk_is_empty(decoder->chunk, decoder->filler->row, layout->passed_from[i]))
			field->text = "";
	}
}

/* Is there something to look at in each row of this answer? */
static bool
looks_at_rows(const Decoder *decoder)
{
	return decoder->twice || decoder->sent || decoder->chunk->nempties > 0 ||
		(decoder->layout &&
		 drs_requestedoutput_of_rows(&decoder->asked_for, decoder->layout, decoder->terms.passed));
}

static void
look_at_row(Decoder *decoder, ReplyRow *row)
{
	if (decoder->twice)
		drs_duplicateforecast_check(decoder->twice, row);
	if (decoder->sent)
		drs_sent_check(decoder->sent, row);
	if (drs_requestedoutput_of_rows(&decoder->asked_for, decoder->layout, decoder->terms.passed))
		drs_requestedoutput_check_row(&decoder->asked_for, decoder->layout, decoder->terms.passed,
									  row);
	restore_empties(decoder, row);
}

/* Fill in the row that filler->row numbers. */
static inline void
fill_row(Decoder *decoder, ReplyRow *row, Datum *values, bool *isnull)
{
	if (!decoder->knows_number)
		note_number(decoder, row);
	if (decoder->looks_at_rows)
		look_at_row(decoder, row);
	drs_fill_row(decoder->filler, row, values, isnull);
	MemoryContextReset(decoder->row_cxt);
}

/* Decode the rows from where the reading is to the end of the reply. */
static void
read_all(void *arg)
{
	Reading    *reading = arg;
	Decoder    *decoder = reading->decoder;
	Predictions *predictions = reading->predictions;
	ReplyRow	row;

	while (drs_reply_next(reading->reply, &row))
	{
		size_t		at = (size_t) reading->nrows * predictions->ncolumns;

		if (reading->nrows == predictions->nrows)
			refuse_count(decoder, (uint64) reading->nrows + 1);
		decoder->filler->row = decoder->chunk->first_row + reading->nrows;
		if (decoder->verify_order)
			check_order(decoder, &row);
		fill_row(decoder, &row, predictions->values + at, predictions->isnull + at);
		reading->nrows++;
		if (reading->nrows % CHECK_EVERY == 0)
			check_size(decoder);
	}
	reading->ended = true;
}

/* read_all, where a row with a value that its column does not take fails by itself. */
static void
read_past_failures(Reading *reading)
{
	Decoder    *decoder = reading->decoder;

	while (!reading->ended)
	{
		ErrorData  *error = drs_attempt(read_all, reading, false);
		RowFailure *failure;

		if (error == NULL)
			return;
		if (decoder->filler->column == NULL || !drs_error_is_of_row(error))
			ReThrowError(error);
		failure = palloc0(sizeof(RowFailure));
		failure->http_status = decoder->answer.status;
		failure->sqlerrcode = error->sqlerrcode;
		failure->message = drs_one_line(error->message, strlen(error->message), MAX_MESSAGE);
		failure->record = drs_chunk_record(decoder->chunk, reading->nrows, &failure->record_len);
		FreeErrorData(error);
		fail_row(decoder, reading->predictions, reading->nrows++, failure);
		check_size(decoder);
	}
}

/* Twice as much room for predictions. */
static void
enlarge(Predictions *predictions, int *room)
{
	*room *= 2;
	predictions->values = repalloc_huge(predictions->values,
										sizeof(Datum) * *room * predictions->ncolumns);
	predictions->isnull = repalloc_huge(predictions->isnull,
										sizeof(bool) * *room * predictions->ncolumns);
}

/* Forecasts as they come, each with the row that it is for when that is told and was sent. */
static void
read_forecasts(Reading *reading)
{
	Decoder    *decoder = reading->decoder;
	const Chunk *chunk = decoder->chunk;
	Predictions *predictions = reading->predictions;
	int			room = predictions->nrows;
	ReplyRow	row;

	if (!decoder->layout->is_json && decoder->terms.columns->nkept > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a forecast in CSV does not tell which row it is for"),
				 errdetail("So it cannot have key or passthrough columns."),
				 errhint("Use the option \"format\" \"json\", or name no such columns.")));
	while (drs_reply_next(reading->reply, &row))
	{
		size_t		at;

		if (reading->nrows == room)
			enlarge(predictions, &room);
		at = (size_t) reading->nrows * predictions->ncolumns;
		decoder->filler->row = row.place >= 0 && row.place < chunk->nrows ?
			chunk->first_row + row.place : 0;
		fill_row(decoder, &row, predictions->values + at, predictions->isnull + at);
		if (++reading->nrows % CHECK_EVERY == 0)
			check_size(decoder);
	}
	if (reading->nrows == 0)
		refuse_count(decoder, 0);
	predictions->nrows = reading->nrows;
}

/* Fill in what is known of a row without its answer. */
static void
fill_sent(Decoder *decoder, int row, Datum *values, bool *isnull)
{
	int			first = 0;

	decoder->filler->row = decoder->chunk->first_row + row;
	drs_fill_failed(decoder->filler, values, isnull, &first);
	decoder->filler->row = 0;
	MemoryContextReset(decoder->row_cxt);
}

void
drs_decoder_sent_row(Decoder *decoder, int row, const Datum **values, const bool **isnull)
{
	MemoryContext old = MemoryContextSwitchTo(decoder->cxt);
	Datum	   *sent = palloc(sizeof(Datum) * Max(decoder->shape->ncolumns, 1));
	bool	   *sent_isnull = palloc(sizeof(bool) * Max(decoder->shape->ncolumns, 1));

	fill_sent(decoder, row, sent, sent_isnull);
	MemoryContextSwitchTo(old);
	*values = sent;
	*isnull = sent_isnull;
}

/* Rows that have no prediction, though nothing is wrong with them. */
static void
fill_without(Decoder *decoder, Predictions *predictions)
{
	for (int row = 0; row < predictions->nrows; row++)
	{
		size_t		at = (size_t) row * predictions->ncolumns;

		fill_sent(decoder, row, predictions->values + at, predictions->isnull + at);
	}
}

/* Forecasts for rows that were sent: each goes to its row. */
static void
place_forecasts(Reading *reading)
{
	Decoder    *decoder = reading->decoder;
	Predictions *predictions = reading->predictions;
	bool	   *filled = palloc0(sizeof(bool) * predictions->nrows);
	ReplyRow	row;

	fill_without(decoder, predictions);
	while (drs_reply_next(reading->reply, &row))
	{
		size_t		at = (size_t) row.place * predictions->ncolumns;

		if (row.place < 0 || row.place >= predictions->nrows || filled[row.place])
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("the answer has forecasts that are not for one row each"),
					 errdetail("Either the server made rows, or it made several forecasts"
							   " from one."),
					 errhint("Use datarobot.score or score_as, which return forecasts as they"
							 " come, or score_into with the option \"series_columns\" or"
							 " \"time_column\".")));
		filled[row.place] = true;
		decoder->filler->row = decoder->chunk->first_row + row.place;
		fill_row(decoder, &row, predictions->values + at, predictions->isnull + at);
		if (++reading->nrows % CHECK_EVERY == 0)
			check_size(decoder);
	}
}

static void
decode_reply(Decoder *decoder, Predictions *predictions)
{
	const Answer *answer = &decoder->answer;
	Reply	   *reply = drs_reply_open(answer->body, answer->len, answer->content_type,
									   &decoder->terms, decoder->row_cxt);
	Reading		reading = {decoder, reply, predictions, 0, false};
	bool		forecasts;

	read_layout(decoder, reply);
	if (decoder->layout)
		note_parts(decoder);
	forecasts = decoder->layout && decoder->layout->has[ROLE_FORECAST_POINT];
	decoder->twice = forecasts ? drs_duplicateforecast_create(decoder->layout) : NULL;
	decoder->sent = forecasts ?
		drs_sent_of(decoder->chunk, decoder->layout, decoder->series_column) : NULL;
	decoder->looks_at_rows = looks_at_rows(decoder);
	forecasts = forecasts && !decoder->plan.isolates;
	if (forecasts && decoder->plan.takes_forecasts)
		read_forecasts(&reading);
	else if (forecasts && decoder->layout->is_json)
		place_forecasts(&reading);
	else if (decoder->plan.isolates)
		read_past_failures(&reading);
	else
		read_all(&reading);
	decoder->filler->row = 0;
	if (reading.nrows < predictions->nrows && !(forecasts && decoder->layout->is_json))
		refuse_count(decoder, reading.nrows);
}

/* A failed row that is being filled in. */
typedef struct Filling
{
	Filler	   *filler;
	Datum	   *values;
	bool	   *isnull;
	int			column;			/* the next */
} Filling;

static void
fill_failed(void *arg)
{
	Filling    *filling = arg;

	drs_fill_failed(filling->filler, filling->values, filling->isnull, &filling->column);
}

/*
 * Note the failure of a row, and fill it in; a column whose
 * type does not take what it is given is NULL.
 */
static void
fail_row(Decoder *decoder, Predictions *predictions, int row, const RowFailure *failure)
{
	size_t		at = (size_t) row * predictions->ncolumns;
	Filler	   *filler = decoder->filler;
	Filling		filling = {filler, predictions->values + at, predictions->isnull + at, 0};
	ErrorData  *error;

	if (predictions->failures == NULL)
		predictions->failures = palloc0(sizeof(RowFailure *) * predictions->nrows);
	predictions->failures[row] = failure;

	filler->row = decoder->chunk->first_row + row;
	filler->failure = failure;
	while ((error = drs_attempt(fill_failed, &filling, false)) != NULL)
	{
		if (!drs_error_is_of_row(error))
			ReThrowError(error);
		FreeErrorData(error);
		filling.isnull[filling.column++] = true;
	}
	filler->failure = NULL;
	filler->column = NULL;
	filler->row = 0;
	MemoryContextReset(decoder->row_cxt);
}

/*
 * Labels are repeated in every row's "probabilities": what
 * a reply becomes is bounded, as the reply is.
 */
static void
check_size(const Decoder *decoder)
{
	CHECK_FOR_INTERRUPTS();
	if (MemoryContextMemAllocated(decoder->cxt, false) > (Size) decoder->max_size)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the predictions of an answer take more than " INT64_FORMAT " bytes",
						decoder->max_size),
				 errhint("Lower the option \"chunk_rows\", or raise \"max_reply_size\".")));
}

/*
 * Does an error say that the answer is not what it should
 * be?  Then its connection is not used again.
 */
static bool
is_of_answer(int sqlerrcode)
{
	int			category = ERRCODE_TO_CATEGORY(sqlerrcode);

	return category == ERRCODE_TO_CATEGORY(ERRCODE_PROTOCOL_VIOLATION) ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_DATA_EXCEPTION);
}

static void
decode_error(void *arg)
{
	Decoder    *decoder = arg;
	const Filler *filler = decoder->filler;
	const Chunk *chunk = decoder->chunk;

	/* that of a row with a value that its column does not take is not the answer's */
	if (decoder->answer.broken && !(decoder->plan.isolates && filler->column) &&
		is_of_answer(geterrcode()))
		*decoder->answer.broken = true;
	if (filler->row > 0 && filler->column)
		errcontext("prediction for row " UINT64_FORMAT ", column \"%s\"", filler->row,
				   filler->column);
	errcontext("answer of deployment %s to rows " UINT64_FORMAT " to " UINT64_FORMAT,
			   decoder->request->deployment, chunk->first_row,
			   chunk->first_row + chunk->nrows - 1);
}
