/*
 * decode.c
 *		Checks answers and decodes them into rows of the result.
 *
 * The API promises one record for each row sent, in the same order
 * (docs/api.md 1).  An answer that breaks this raises an error that names the
 * rows of the chunk, and nothing of it is used.
 *
 * A value that its column rejects is another matter: where rows may fail by
 * themselves, it is the failure of its row.  Records are then decoded in a
 * subtransaction up to the first such row, and in another one from the next
 * row on.
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
#include "decode/placematcher.h"
#include "decode/positionmatcher.h"
#include "decode/reply.h"
#include "decode/requestedoutput.h"
#include "decode/sentseries.h"

/* Values take more memory than their text, but at most this many times as much. */
#define MAX_GROWTH 4

#define CHECK_EVERY 64			/* records between two checks of interrupts and memory */

#define MAX_MESSAGE 1000		/* bytes of a failure's message; it may quote a value */

struct Decoder
{
	const Shape *shape;
	const Request *request;
	ReplyTerms	terms;
	AskedFor	asked_for;
	bool		verify_order;
	int64		max_size;		/* bytes of predictions of one answer */
	const Layout *layout;		/* of the last answer; that of the next is usually the same */
	MemoryContext layout_cxt;
	int		   *header_columns; /* FROM_HEADER: column of the answer, by column of the shape */
	AnswerFacts facts;
	bool		asks_ngrams;
	bool		knows_number;	/* facts.is_number was set by the first row */
	/* label of the positive class, as shown or asked for; NULL: unknown */
	char	   *positive;
	bool		asked;			/* the plan's source was asked for it in vain */
	double		margin;			/* by which probabilities may be rounded */
	MemoryContext own_cxt;
	DecodePlan	plan;
	const char *series_column;	/* its name as sent; NULL: none, or several */
	/* series that were sent, for an answer's forecasts; NULL: unknown */
	SentSet    *sent;
	Twice	   *twice;			/* for an answer that has forecasts; NULL: it has none */
	bool		looks_at_rows;	/* of an answer */
	MemoryContext cxt;			/* of the predictions; reset with every answer */
	MemoryContext row_cxt;		/* reset with every row */
	Filler	   *filler;
	PredictionKind predicts;	/* what predictions are that are not classes */
	Answer		answer;			/* being decoded, or decoded last */
	const Chunk *chunk;			/* its chunk */
	RowContext	current;		/* the row that is being filled in */
};

/* How far an answer has been decoded. */
typedef struct AnswerCursor
{
	Decoder    *decoder;
	Reply	   *reply;
	Matcher    *matcher;
	Predictions *predictions;
	int			room;			/* rows that predictions has room for */
	/*
	 * predictions are in the answer's order, in any number; otherwise each in
	 * the place of its row
	 */
	bool		as_it_comes;
	int			nread;			/* rows of the answer */
	bool		ended;			/* there are no more */
} AnswerCursor;

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
		names = lappend(names, unconstify(char *,
										  drs_columns_sent_as(columns, columns->passed[i])));
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
	decoder->filler = drs_filler_create(shape, columns, decoder->facts.has_column,
										decoder->row_cxt);
	return decoder;
}

/* Is a column filled from what is known only with the positive class? */
static bool
needs_positive(const Shape *shape)
{
	for (int i = 0; i < shape->ncolumns; i++)
	{
		const ShapeColumn *column = &shape->columns[i];

		if (column->name && (column->source == FROM_PROBABILITY ||
							 column->source == FROM_POSITIVE_CLASS ||
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
	decoder->current = (RowContext) {&decoder->answer, DRS_NO_ROW, NULL};
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
	const char *fields = drs_prediction_field_names();

	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("there is no column \"%s\" in the predictions", name),
			 errdetail("Deployment %s answers with the columns %s.", decoder->request->deployment,
					   drs_layout_names(decoder->layout)),
			 decoder->shape->of_table ?
			 errhint("Other names to use: %s, and columns of the query. A column of any other name"
					 " needs the option \"output\" or \"source\".", fields) :
			 errhint("Other names to use: %s, and key or passthrough columns of the query.",
					 fields)));
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

/* Does the answer contain what a field of predictions is filled from? */
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
		case FROM_NGRAMS:		/* JSON has them only with the explanation of a text */
			return (decoder->asks_ngrams && decoder->layout->has_explanations) ||
				drs_fill_is_in_reply(decoder->layout, column);
		default:
			return drs_fill_is_in_reply(decoder->layout, column);
	}
}

/* Note which fields of predictions this answer has: the model may be another than before. */
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

/* What the deployment's record says of predictions that are not classes. */
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

/* Does the answer contain parts that only models have that predict numbers? */
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
			 errdetail("The classes are \"%s\" and \"%s\". Answers in JSON do not say which, "
					   "so \"probability\" and \"positive_class\" are NULL.",
					   drs_one_line(layout->classes[0].label, strlen(layout->classes[0].label),
									100),
					   drs_one_line(layout->classes[1].label, strlen(layout->classes[1].label),
									100)),
			 errhint("Name it with the option \"positive_class\", "
					 "or use the option \"format\" \"csv\".")));
}

/*
 * JSON does not say which of two classes is the positive one: rows may show
 * it, otherwise the source of the plan is asked.
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

/* Find the column of the query for each column that the server hands back. */
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

/* Read the layout of an answer; if it differs from the last one, it replaces that. */
static void
read_layout(Decoder *decoder, Reply *reply)
{
	const Layout *known = decoder->layout;
	const Layout *layout;

	decoder->layout = NULL;		/* while it may be freed */
	layout = drs_reply_layout(reply, known, decoder->layout_cxt);
	decoder->layout = layout ? layout : known;
	if (decoder->layout == known)
		return;
	if (decoder->verify_order && layout->roles[ROLE_ORDER] < 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the answer lacks the column \"%s\"", DRS_ORDER_COLUMN),
				 errdetail("The option \"verify_order\" needs a server "
						   "that passes columns through.")));
	drs_requestedoutput_check(&decoder->asked_for, layout, decoder->terms.passed);
	find_passed(decoder, unconstify(Layout *, layout));
	find_positive(decoder, reply, unconstify(Layout *, layout));
	find_columns(decoder, unconstify(Layout *, layout));
	decoder->predicts = is_of_numbers(layout) ? PREDICTS_NUMBERS :
		kind_by_record(decoder->terms.target_type);
	drs_filler_set_layout(decoder->filler, layout, decoder->header_columns, decoder->predicts);
}

/*
 * Whether predictions are numbers is decided at the first row, by proof and
 * not by the look of its text.
 */
static void
note_number(Decoder *decoder, const ReplyRow *row)
{
	decoder->facts.is_number = decoder->layout->nclasses == 0 &&
		(decoder->predicts == PREDICTS_NUMBERS || row->is_number);
	decoder->knows_number = true;
}

/* A server may not distinguish empty texts from NULL: restore those that were sent empty. */
static void
restore_empties(const Decoder *decoder, ReplyRow *row)
{
	const Layout *layout = decoder->layout;

	if (decoder->chunk->nempties == 0 || decoder->current.row == DRS_NO_ROW)
		return;
	for (int i = 0; i < layout->npassed; i++)
	{
		ReplyField	   *field = &row->fields[layout->passed[i]];

		if (field->text == NULL && layout->passed_from[i] >= 0 &&
			drs_chunk_is_empty(decoder->chunk, drs_row_number(&decoder->current),
							   layout->passed_from[i]))
			field->text = "";
	}
}

/* Is there something to check in each row of this answer? */
static bool
looks_at_rows(const Decoder *decoder)
{
	return decoder->twice || decoder->sent || decoder->chunk->nempties > 0 ||
		(decoder->layout && drs_requestedoutput_of_rows(&decoder->asked_for, decoder->layout,
														decoder->terms.passed));
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

/* Fill in the current row. */
static inline void
fill_row(Decoder *decoder, ReplyRow *row, Datum *values, bool *isnull)
{
	if (!decoder->knows_number)
		note_number(decoder, row);
	if (decoder->looks_at_rows)
		look_at_row(decoder, row);
	drs_fill_row(decoder->filler, &decoder->current, row, values, isnull);
	MemoryContextReset(decoder->row_cxt);
}

/* Twice as much room for predictions. */
static void
enlarge(AnswerCursor *cursor)
{
	Predictions *predictions = cursor->predictions;
	size_t		count;

	cursor->room *= 2;
	count = (size_t) cursor->room * predictions->ncolumns;
	predictions->values = repalloc_huge(predictions->values, sizeof(Datum) * count);
	predictions->isnull = repalloc_huge(predictions->isnull, sizeof(bool) * count);
}

/* Decode the rows from where the cursor is to the end of the answer. */
static void
read_rows(void *arg)
{
	AnswerCursor *cursor = arg;
	Decoder    *decoder = cursor->decoder;
	Predictions *predictions = cursor->predictions;
	ReplyRow	row;

	while (drs_reply_next(cursor->reply, &row) == REPLY_ROW)
	{
		int			sent = cursor->matcher->match(cursor->matcher, &row);
		size_t		at;

		if (cursor->as_it_comes && cursor->nread == cursor->room)
			enlarge(cursor);
		at = (size_t) (cursor->as_it_comes ? cursor->nread : sent) * predictions->ncolumns;
		decoder->current.row = sent;
		fill_row(decoder, &row, predictions->values + at, predictions->isnull + at);
		if (++cursor->nread % CHECK_EVERY == 0)
			check_size(decoder);
	}
	decoder->current.row = DRS_NO_ROW;
	cursor->matcher->finish(cursor->matcher);
	cursor->ended = true;
}

/* The failure of a row with a value that its column rejects. */
static RowFailure *
failure_of_row(const Decoder *decoder, int row, const ErrorData *error)
{
	RowFailure *failure = palloc0(sizeof(RowFailure));

	failure->http_status = decoder->answer.status;
	failure->sqlerrcode = error->sqlerrcode;
	failure->message = drs_one_line(error->message, strlen(error->message), MAX_MESSAGE);
	failure->record = drs_chunk_record(decoder->chunk, row, &failure->record_len);
	return failure;
}

/* Like read_rows(), but a row with a value that its column rejects fails by itself. */
static void
read_past_failures(AnswerCursor *cursor)
{
	Decoder    *decoder = cursor->decoder;

	while (!cursor->ended)
	{
		ErrorData  *error = drs_attempt(read_rows, cursor, false);
		int			row = decoder->current.row;

		if (error == NULL)
			return;
		if (drs_filler_column(decoder->filler) == NULL || !drs_error_is_of_row(error))
			ReThrowError(error);
		fail_row(decoder, cursor->predictions, row, failure_of_row(decoder, row, error));
		FreeErrorData(error);
		cursor->nread++;
		check_size(decoder);
	}
}

/*
 * When forecasts are returned as they come, only JSON says which row each is
 * for: with CSV nothing may be kept.
 */
static void
check_kept(const Decoder *decoder)
{
	if (!decoder->layout->is_json && decoder->terms.columns->nkept > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a forecast in CSV does not say which row it is for"),
				 errdetail("Forecasts in CSV cannot have key or passthrough columns."),
				 errhint("Use the option \"format\" \"json\", or name no such columns.")));
}

/* Fill in what is known of a row without its answer. */
static void
fill_sent(Decoder *decoder, int row, Datum *values, bool *isnull)
{
	int			first = 0;

	decoder->current.row = row;
	drs_fill_failed(decoder->filler, &decoder->current, values, isnull, &first);
	decoder->current.row = DRS_NO_ROW;
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

/* Fill in all rows without their answer; some may stay without a forecast. */
static void
fill_without(Decoder *decoder, Predictions *predictions)
{
	for (int row = 0; row < predictions->nrows; row++)
	{
		size_t		at = (size_t) row * predictions->ncolumns;

		fill_sent(decoder, row, predictions->values + at, predictions->isnull + at);
	}
}

/* Make what matches the rows of this answer with the rows that were sent. */
static Matcher *
make_matcher(const Decoder *decoder, bool has_forecasts)
{
	const Chunk *chunk = decoder->chunk;
	PositionTerms terms = {
		.nsent = chunk->nrows,
		.first_row = chunk->first_row,
		.order_column = -1,
		.is_forecast = has_forecasts
	};

	if (has_forecasts && !decoder->plan.isolates &&
		(decoder->plan.takes_forecasts || decoder->layout->is_json))
		return drs_placematcher_create(chunk->nrows, !decoder->plan.takes_forecasts);
	if (decoder->verify_order && decoder->layout)
		terms.order_column = decoder->layout->roles[ROLE_ORDER];
	return drs_positionmatcher_create(&terms);
}

static void
decode_reply(Decoder *decoder, Predictions *predictions)
{
	const Answer *answer = &decoder->answer;
	Reply	   *reply = drs_reply_open(answer->content_type, &decoder->terms, decoder->row_cxt);
	AnswerCursor cursor = {
		.decoder = decoder,
		.reply = reply,
		.predictions = predictions,
		.room = predictions->nrows
	};
	bool		has_forecasts;

	(void) drs_reply_feed(reply, answer->body, answer->len, true);
	read_layout(decoder, reply);
	if (decoder->layout)
		note_parts(decoder);
	has_forecasts = decoder->layout && decoder->layout->has[ROLE_FORECAST_POINT];
	if (has_forecasts && decoder->plan.instead_of_forecasts)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the deployment forecasts a time series"),
				 errdetail("Forecasts are made from many rows of a series."),
				 errhint("%s", decoder->plan.instead_of_forecasts)));
	decoder->twice = has_forecasts ? drs_duplicateforecast_create(decoder->layout) : NULL;
	decoder->sent = has_forecasts ? drs_sent_of(decoder->chunk, decoder->layout,
												decoder->series_column) : NULL;
	decoder->looks_at_rows = looks_at_rows(decoder);
	cursor.matcher = make_matcher(decoder, has_forecasts);
	cursor.as_it_comes = has_forecasts && decoder->plan.takes_forecasts && !decoder->plan.isolates;
	if (decoder->plan.isolates)
		read_past_failures(&cursor);
	else
	{
		if (cursor.as_it_comes)
			check_kept(decoder);
		else if (has_forecasts && decoder->layout->is_json)
			fill_without(decoder, predictions);
		read_rows(&cursor);
	}
	if (cursor.as_it_comes)
		predictions->nrows = cursor.nread;
}

/* A failed row that is being filled in. */
typedef struct FailedRow
{
	Filler	   *filler;
	RowContext	context;
	Datum	   *values;
	bool	   *isnull;
	int			column;			/* the next */
} FailedRow;

static void
fill_failed(void *arg)
{
	FailedRow  *failed = arg;

	drs_fill_failed(failed->filler, &failed->context, failed->values, failed->isnull,
					&failed->column);
}

/* Note the failure of a row, and fill the row in; columns that reject their value are NULL. */
static void
fail_row(Decoder *decoder, Predictions *predictions, int row, const RowFailure *failure)
{
	size_t		at = (size_t) row * predictions->ncolumns;
	RowContext	context = {&decoder->answer, row, failure};
	FailedRow	failed = {decoder->filler, context, predictions->values + at,
						  predictions->isnull + at, 0};
	ErrorData  *error;

	if (predictions->failures == NULL)
		predictions->failures = palloc0(sizeof(RowFailure *) * predictions->nrows);
	predictions->failures[row] = failure;

	decoder->current.row = row;
	while ((error = drs_attempt(fill_failed, &failed, false)) != NULL)
	{
		if (!drs_error_is_of_row(error))
			ReThrowError(error);
		FreeErrorData(error);
		failed.isnull[failed.column++] = true;
	}
	decoder->current.row = DRS_NO_ROW;
	MemoryContextReset(decoder->row_cxt);
}

/* Limit the memory of predictions, since labels are repeated in "probabilities" of every row. */
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

/* Does an error show that the answer is malformed?  Then its connection is not used again. */
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
	const char *column = drs_filler_column(decoder->filler);
	const Chunk *chunk = decoder->chunk;

	/* a value that its column rejects does not make the answer malformed */
	if (decoder->answer.broken && !(decoder->plan.isolates && column) &&
		is_of_answer(geterrcode()))
		*decoder->answer.broken = true;
	if (decoder->current.row != DRS_NO_ROW && column)
		errcontext("prediction for row " UINT64_FORMAT ", column \"%s\"",
				   drs_row_number(&decoder->current), column);
	errcontext("answer of deployment %s to rows " UINT64_FORMAT " to " UINT64_FORMAT,
			   decoder->request->deployment, chunk->first_row,
			   chunk->first_row + chunk->nrows - 1);
}
