/*
 * target_decode.c
 *		Fuzzes the decoding of CSV and JSON answers: any bytes either raise or
 *		become as many predictions as rows were sent, or any number of
 *		forecasts.
 *
 *		input:  shape | rows and switches | body
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

#include "base/compat.h"
#include "decode/decode.h"
#include "decode/reply.h"
#include "fuzz.h"
#include "guard.h"
#include "oracle.h"

#define MAX_ROWS 8

/* A switch of the input's first byte, whose low bits are the shape. */
#define TAKES_FORECASTS 0x80

/* Switches of its second byte; its low bits are the number of rows. */
#define WITH_ORDER 0x10
#define WITH_KEPT 0x20
#define TWICE 0x40
#define OTHER_TYPE 0x80

typedef enum ShapeChoice
{
	SHAPE_NUMBER,
	SHAPE_LABEL,
	SHAPE_PREDICTION,			/* what predict_row returns */
	SHAPE_SCORE,				/* what score returns */
	/* columns of the answer by name, and of the rows that were scored */
	SHAPE_NAMED,
	SHAPE_ALL,					/* everything that goes with a prediction */
	SHAPE_CHOICES
} ShapeChoice;

static TupleDesc source_desc;
static TupleDesc score_desc;
static TupleDesc named_desc;
static TupleDesc all_desc;
static Oracle oracle;

static TupleDesc
make_desc(int natts, const char *const names[], const Oid types[], const int32 typmods[])
{
	TupleDesc	desc = CreateTemplateTupleDesc(natts);

	for (int i = 0; i < natts; i++)
		TupleDescInitEntry(desc, i + 1, names[i], types[i], typmods ? typmods[i] : -1, 0);
	return desc;
}

static void
setup(void)
{
	static const char *const source_names[] = {"id", "word", "x"};
	static const Oid source_types[] = {INT4OID, TEXTOID, FLOAT8OID};
	static const char *const score_names[] = {
		"row_number", "key", "prediction", "probability", "probabilities", "threshold",
		"positive_class", "passthrough"
	};
	static const Oid score_types[] = {
		INT8OID, JSONBOID, TEXTOID, FLOAT8OID, JSONBOID, FLOAT8OID, TEXTOID, JSONBOID
	};
	static const char *const named_names[] = {"id", "word", "t_PREDICTION", "t_a_PREDICTION",
											  "extra", "model_id"};
	static const Oid named_types[] = {TEXTOID, TEXTOID, VARCHAROID, FLOAT8OID, NUMERICOID,
									  TEXTOID};
	static const char *const all_names[] = {
		"prediction", "probability", "labels", "explanations", "ngrams", "shap", "humility",
		"extra", "warning", "forecast_point", "forecast_timestamp", "forecast_distance",
		"series_id", "interval_low", "adjusted_prediction", "approval_status", "error",
		"request_id"
	};
	static const Oid all_types[] = {
		TEXTOID, TEXTOID, TEXTARRAYOID, JSONBOID, JSONBOID, JSONBOID, JSONBOID, JSONBOID, BOOLOID,
		TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID, TEXTOID, FLOAT8OID, FLOAT8OID,
		TEXTOID, TEXTOID, TEXTOID
	};
	static const int32 named_typmods[] = {-1, -1, 5 + VARHDRSZ, -1, -1, -1};

	source_desc = make_desc(lengthof(source_names), source_names, source_types, NULL);
	score_desc = make_desc(lengthof(score_names), score_names, score_types, NULL);
	named_desc = make_desc(lengthof(named_names), named_names, named_types, named_typmods);
	all_desc = make_desc(lengthof(all_names), all_names, all_types, NULL);
}

static Columns *
make_columns(bool kept)
{
	Options		options;

	drs_options_init(&options);
	options.call.key_columns = kept ? list_make1("id") : NIL;
	options.call.passthrough_columns = kept ? list_make1("word") : NIL;
	return drs_columns_choose(source_desc, &options, NULL);
}

static Shape *
make_shape(ShapeChoice choice, const Columns *columns)
{
	switch (choice)
	{
		case SHAPE_NUMBER:
			return drs_shape_of_value(FROM_NUMBER, FLOAT8OID);
		case SHAPE_LABEL:
			return drs_shape_of_value(FROM_PREDICTION, TEXTOID);
		case SHAPE_PREDICTION:
		case SHAPE_SCORE:
			return drs_shape_of_rows(score_desc, columns, true);
		case SHAPE_ALL:
			return drs_shape_of_rows(all_desc, columns, false);
		default:
			return drs_shape_of_rows(named_desc, columns, false);
	}
}

/* A chunk of nrows rows, with their kept columns. */
static Chunk *
make_chunk(int nrows, const Columns *columns)
{
	TupleDesc	kept_desc = drs_kept_desc(columns, 0, columns->nkept);
	Chunk	   *chunk = drs_chunk_open(CurrentMemoryContext, 1, nrows, 1000, "x\n", 2,
									   kept_desc != NULL);

	for (int row = 0; row < nrows; row++)
	{
		Datum		values[2] = {Int32GetDatum(row), CStringGetTextDatum("a \"word\"")};
		bool		isnull[2] = {false, row % 3 == 2};

		drs_chunk_add_record(chunk, 2 + 2 * (row + 1),
							 kept_desc ? drs_form_minimal_tuple(kept_desc, values, isnull) : NULL);
	}
	return chunk;
}

static void
free_body(void *arg)
{
	free(arg);
}

/*
 * The answer to a chunk.  Its body is allocated with its exact size, so that
 * the sanitizer sees reads beyond it.
 */
static Answer
make_answer(const Chunk *chunk, const uint8_t *body, size_t len, const char *content_type)
{
	MemoryContextCallback *callback = palloc0(sizeof(MemoryContextCallback));
	char	   *copy = malloc(len);

	if (len > 0)
		memcpy(copy, body, len);
	callback->func = free_body;
	callback->arg = copy;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	return (Answer) {.chunk = chunk, .body = copy, .len = len, .content_type = content_type,
		.model_id = "5f",
		.request_id = "", .status = 200};
}

/* Check the form of a value: text is in the database's encoding, and jsonb can be written out. */
static void
check_value(const ShapeColumn *column, Datum value, bool isnull)
{
	if (isnull || column->name == NULL)
		return;
	if (column->type == TEXTOID || column->type == VARCHAROID)
		drs_fuzz_check_text(TextDatumGetCString(value), 1000000, false);
	else if (column->type == JSONBOID)
		(void) JsonbToCString(NULL, &DatumGetJsonbP(value)->root, 0);
	else if (column->type == TEXTARRAYOID)
		drs_fuzz_check_text(OidOutputFunctionCall(F_ARRAY_OUT, value), 1000000, false);
}

static void
check_values(const Shape *shape, const Predictions *predictions)
{
	for (int row = 0; row < predictions->nrows; row++)
		for (int i = 0; i < shape->ncolumns; i++)
			check_value(&shape->columns[i],
						predictions->values[(size_t) row * predictions->ncolumns + i],
						predictions->isnull[(size_t) row * predictions->ncolumns + i]);
}

/*
 * Check that jsonb's parser finds the same list of rows, unless a name is
 * written with escapes.
 */
static void
check_json(const Answer *answer, const Predictions *predictions)
{
	size_t		skip = answer->len >= 3 && memcmp(answer->body, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	char	   *text = pnstrdup(answer->body + skip, answer->len - skip);
	Jsonb	   *json;
	JsonbValue	list;

	text = pg_any_to_server(text, strlen(text), PG_UTF8);
	if (strstr(text, "NaN") || strstr(text, "Infinity"))
		return;					/* numbers that JSON lacks are accepted */
	json = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
	FUZZ_CHECK(JB_ROOT_IS_OBJECT(json));
	if (strstr(text, "\\u"))
		return;
	if (getKeyJsonValueFromContainer(&json->root, "data", 4, &list) == NULL)
		FUZZ_CHECK(getKeyJsonValueFromContainer(&json->root, "predictions", 11, &list) != NULL);
	FUZZ_CHECK(list.type == jbvBinary && JsonContainerIsArray(list.val.binary.data));
	FUZZ_CHECK(JsonContainerSize(list.val.binary.data) == (uint32) predictions->nrows ||
			   memmem(text, strlen(text), "forecastPoint", 13));
}

/* Is it the prediction of multilabel, which is composed, not copied? */
static bool
decoded_is_list(const Oracle *record, const char *prediction)
{
	return prediction[0] == '[' && record->nfields >= 2;
}

/*
 * Check that there are as many records as rows, each as wide as the header,
 * and that the label is one of the fields of its record.
 */
static void
check_against_oracle(const Answer *answer, const Shape *shape, const Predictions *predictions)
{
	size_t		skip = answer->len >= 3 && memcmp(answer->body, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	int			ncolumns;

	if (GetDatabaseEncoding() != PG_UTF8)
		return;					/* the texts are not the bytes of the answer */
	oracle = (Oracle) {.text = answer->body + skip, .len = answer->len - skip,
		.bytes = palloc(2 * answer->len + 2)};
	FUZZ_CHECK(drs_oracle_next(&oracle));
	ncolumns = oracle.nfields;
	for (int row = 0; row < predictions->nrows; row++)
	{
		const Datum *values = predictions->values + (size_t) row * predictions->ncolumns;
		const bool *isnull = predictions->isnull + (size_t) row * predictions->ncolumns;
		bool		found = false;

		FUZZ_CHECK(drs_oracle_next(&oracle));
		FUZZ_CHECK(oracle.nfields == ncolumns);
		if (shape->ncolumns > 1 || shape->columns[0].source != FROM_PREDICTION)
			continue;
		if (decoded_is_list(&oracle, isnull[0] ? "" : TextDatumGetCString(values[0])))
			continue;
		for (int i = 0; i < oracle.nfields; i++)
			found |= isnull[0] ? oracle.fields[i].text == NULL :
				oracle.fields[i].text &&
				strcmp(oracle.fields[i].text, TextDatumGetCString(values[0])) == 0;
		FUZZ_CHECK(found);
	}
	FUZZ_CHECK(!drs_oracle_next(&oracle) && !oracle.broken);
}

/* The number of rows of a good answer that is fed in pieces of that size. */
static int
count_rows(const Answer *answer, const Columns *columns, DataFormat format, size_t piece)
{
	ReplyTerms	terms = {.format = format, .columns = columns};
	MemoryContext layout_cxt = AllocSetContextCreate(CurrentMemoryContext, "layout",
													 ALLOCSET_SMALL_SIZES);
	MemoryContext row_cxt = AllocSetContextCreate(CurrentMemoryContext, "row",
												  ALLOCSET_SMALL_SIZES);
	Reply	   *reply = drs_reply_open(answer->content_type, &terms, row_cxt);
	size_t		at = 0;
	int			count = 0;
	bool		begun = false;
	ReplyStatus status = REPLY_MORE;
	ReplyRow	row;

	while (status == REPLY_MORE)
	{
		size_t		len = Min(piece, answer->len - at);

		if (drs_reply_feed(reply, answer->body + at, len, at + len == answer->len))
		{
			if (!begun)
				FUZZ_CHECK(drs_reply_layout(reply, NULL, layout_cxt) != NULL);
			begun = true;
			while ((status = drs_reply_next(reply, &row)) == REPLY_ROW)
				count++;
		}
		at += len;
	}
	FUZZ_CHECK(at == answer->len);
	return count;
}

static void
run(const uint8_t *data, size_t size, DataFormat format, const char *content_type)
{
	Request		request = {.method = "POST", .url = "https://x/", .deployment = "d",
						   .answer = format};
	const Predictions *predictions;
	Options		options;
	Decoder    *decoder;
	Columns    *columns;
	Shape	   *shape;
	Chunk	   *chunk;
	Answer		answer;
	DecodePlan	plan = {0};

	drs_options_init(&options);
	options.call.verify_order = (data[1] & WITH_ORDER) != 0;
	columns = make_columns((data[1] & WITH_KEPT) != 0);
	shape = make_shape((data[0] & 0x7f) % SHAPE_CHOICES, columns);
	chunk = make_chunk(data[1] % MAX_ROWS + 1, columns);
	answer = make_answer(chunk, data + 2, size - 2, content_type);
	plan.takes_forecasts = (data[0] & TAKES_FORECASTS) != 0;
	decoder = drs_decoder_create(shape, columns, &request, &options, &plan);

	for (int times = data[1] & TWICE ? 2 : 1; times > 0; times--)
	{
		predictions = drs_decode(decoder, &answer);
		FUZZ_CHECK(predictions->nrows > 0 && predictions->ncolumns == shape->ncolumns);
		FUZZ_CHECK(predictions->nrows == chunk->nrows || data[0] & TAKES_FORECASTS);
		check_values(shape, predictions);
		if (format == FORMAT_JSON)
			check_json(&answer, predictions);
		else
			check_against_oracle(&answer, shape, predictions);
		FUZZ_CHECK(count_rows(&answer, columns, format, data[0] % 16 + 1) ==
				   count_rows(&answer, columns, format, answer.len));
	}
}

static void
run_csv(const uint8_t *data, size_t size)
{
	if (size >= 2)
		run(data, size, FORMAT_CSV, data[1] & OTHER_TYPE ? "TEXT/PLAIN;" : "text/csv;");
}

static void
run_json(const uint8_t *data, size_t size)
{
	if (size >= 2)
		run(data, size, FORMAT_JSON,
			data[1] & OTHER_TYPE ? "Application/JSON" : "application/json; charset=utf-8");
}

static const int expected[] = {
	ERRCODE_PROTOCOL_VIOLATION, ERRCODE_CHARACTER_NOT_IN_REPERTOIRE,
	ERRCODE_UNTRANSLATABLE_CHARACTER, ERRCODE_UNDEFINED_COLUMN, ERRCODE_AMBIGUOUS_COLUMN,
	ERRCODE_INVALID_TEXT_REPRESENTATION, ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE,
	ERRCODE_STRING_DATA_RIGHT_TRUNCATION, ERRCODE_PROGRAM_LIMIT_EXCEEDED,
	ERRCODE_DATATYPE_MISMATCH, ERRCODE_INVALID_DATETIME_FORMAT, ERRCODE_DATETIME_FIELD_OVERFLOW,
	ERRCODE_UNTRANSLATABLE_CHARACTER, ERRCODE_INVALID_PARAMETER_VALUE,
	ERRCODE_FEATURE_NOT_SUPPORTED, ERRCODE_INVALID_TIME_ZONE_DISPLACEMENT_VALUE, 0
};

const FuzzTarget drs_fuzz_decode = {"decode", setup, run_csv, expected};
const FuzzTarget drs_fuzz_json = {"json", setup, run_json, expected};
