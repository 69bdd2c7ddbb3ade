/*
 * reply.c
 *		One way to read CSV and JSON replies.
 *
 * The bytes are checked as a whole first; after that they are text of the
 * server's encoding, without a NUL among them.
 */
#include "postgres.h"

#include <limits.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/servermessage.h"
#include "decode/csvlayout.h"
#include "decode/drumrow.h"
#include "decode/jsonlayout.h"
#include "decode/jsonreader.h"
#include "decode/positiveclass.h"
#include "decode/reply.h"
#include "http/exchange.h"

#define CHECK_EVERY 64			/* rows between two looks at interrupts */
#define MAX_FIELDS 16384		/* more than classes, explanations and passthrough columns make */

struct Reply
{
	const ReplyTerms *terms;
	MemoryContext row_cxt;
	const Layout *layout;
	CsvReader  *csv;			/* NULL: it is JSON */
	JsonReader	json;
	const char *first;			/* JSON: the first row, which the layout
								 * was read from; NULL once handed out */
	size_t		first_len;
	int			nrows;			/* handed out so far */
};

static void
refuse_empty(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the answer is empty")));
}

/* Raise for a text that libcsv could not take apart. */
static void
refuse_csv(const Reply *reply)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the answer is not well-formed CSV"),
			 errdetail("In it, %s.", drs_csv_problem(reply->csv))));
}

static void
check_type(const char *content_type, DataFormat format)
{
	if (format == FORMAT_JSON ? drs_is_json_type(content_type) : drs_is_csv_type(content_type))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the answer is not %s", format == FORMAT_JSON ? "JSON" : "CSV"),
			 errdetail("Its content type is \"%s\".", content_type)));
}

/* Closes the reader however the decoding ends. */
static void
close_reader(void *arg)
{
	drs_csv_close(arg);
}

static void
open_csv(Reply *reply, const char *text, size_t len)
{
	MemoryContextCallback *closer = palloc0(sizeof(MemoryContextCallback));

	reply->csv = drs_csv_open(text, len, MAX_FIELDS);
	if (reply->csv == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory for reading an answer")));
	closer->func = close_reader;
	closer->arg = reply->csv;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, closer);
}

Reply *
drs_reply_open(const char *text, size_t len, const char *content_type, const ReplyTerms *terms,
			   MemoryContext row_cxt)
{
	Reply	   *reply = palloc0(sizeof(Reply));
	char	   *converted;

	reply->terms = terms;
	reply->row_cxt = row_cxt;
	check_type(content_type, terms->format);
	if (len == 0)
		refuse_empty();
	if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
	{
		text += 3;				/* byte order mark */
		len -= 3;
	}
	converted = pg_any_to_server(text, (int) len, PG_UTF8);
	if (converted != text)
		len = strlen(converted);
	if (terms->format == FORMAT_JSON)
	{
		drs_jsonreader_init(&reply->json, converted, len);
		reply->json.bare = terms->bare;
	}
	else
		open_csv(reply, converted, len);
	return reply;
}

static const Layout *
csv_layout(Reply *reply, const Layout *known, MemoryContext layout_cxt)
{
	CsvRecord	header;
	CsvStatus	status = drs_csv_next(reply->csv, &header);
	MemoryContext old;
	Layout	   *layout;

	if (status == CSV_BROKEN)
		refuse_csv(reply);
	if (status == CSV_END)
		refuse_empty();
	if (known && drs_csvlayout_fits(known, &header))
		return known;
	MemoryContextReset(layout_cxt);
	old = MemoryContextSwitchTo(layout_cxt);
	layout = drs_csvlayout_read(&header, reply->terms->columns, reply->terms->passed);
	MemoryContextSwitchTo(old);
	return layout;
}

/* The next row of a JSON reply; false at its end. */
static bool
next_json(Reply *reply, const char **text, size_t *len)
{
	JsonStatus	status;

	while ((status = drs_jsonreader_next(&reply->json, text, len)) == JSON_MEMBER)
		drs_jsonrow_check(*text, *len);
	if (status == JSON_BROKEN)
		drs_jsonrow_refuse(reply->json.problem);
	return status == JSON_ROW;
}

static void
parse_row(const Reply *reply, JsonRow *row, const char *text, size_t len)
{
	if (reply->json.in_bare)
		drs_drumrow_parse(row, text, len, reply->terms->positive_class);
	else
		drs_jsonrow_parse(row, text, len);
}

static const Layout *
json_layout(Reply *reply, const Layout *known, MemoryContext layout_cxt)
{
	MemoryContext old;
	JsonRow		row;
	const Layout *layout;

	if (!next_json(reply, &reply->first, &reply->first_len))
	{
		reply->first = NULL;	/* it may point to another member, which is no row */
		return NULL;
	}
	old = MemoryContextSwitchTo(reply->row_cxt);
	parse_row(reply, &row, reply->first, reply->first_len);
	layout = drs_jsonlayout_read(&row, reply->terms->positive_class);
	if (known && drs_layout_equal(known, layout))
		layout = known;
	else
	{
		MemoryContextReset(layout_cxt);
		MemoryContextSwitchTo(layout_cxt);
		layout = drs_jsonlayout_read(&row, reply->terms->positive_class);
	}
	MemoryContextSwitchTo(old);
	MemoryContextReset(reply->row_cxt);
	return layout;
}

const Layout *
drs_reply_layout(Reply *reply, const Layout *known, MemoryContext layout_cxt)
{
	reply->layout = reply->csv ? csv_layout(reply, known, layout_cxt) :
		json_layout(reply, known, layout_cxt);
	return reply->layout;
}

int
drs_reply_positive(const Reply *reply, double margin)
{
	JsonReader	reader = reply->json;	/* the reply's own stays where it is */
	const char *text = reply->first;
	size_t		len = reply->first_len;
	MemoryContext old = MemoryContextSwitchTo(reply->row_cxt);
	int			positive = -1;
	bool		may_show = true;

	for (uint64 nrows = 1; text && may_show && positive < 0; nrows++)
	{
		JsonRow		parsed;
		ReplyRow	row;

		parse_row(reply, &parsed, text, len);
		drs_jsonlayout_row(reply->layout, &parsed, &row);
		positive = drs_positiveclass_shown(reply->layout, &row, margin, &may_show);
		MemoryContextReset(reply->row_cxt);
		if (nrows % CHECK_EVERY == 0)
			CHECK_FOR_INTERRUPTS();
		if (drs_jsonreader_next(&reader, &text, &len) != JSON_ROW)
			text = NULL;
	}
	MemoryContextSwitchTo(old);
	return positive;
}

/* The place of the row in its request that a row of JSON tells. */
static int
row_place(const JsonRow *row)
{
	char	   *end;
	long		place;

	if (row->id.text == NULL)
		return -1;
	errno = 0;
	place = strtol(row->id.text, &end, 10);
	if (end == row->id.text || *end != '\0' || errno != 0 || place < 0 || place > INT_MAX)
		drs_jsonrow_refuse("the place of a row is not a whole number");
	return (int) place;
}

/* Predictions come in the order of the rows; forecasts are fewer or more than these. */
static void
check_place(const Reply *reply, const JsonRow *parsed, int place)
{
	if (place < 0 || place == reply->nrows || parsed->has[ROLE_FORECAST_POINT])
		return;
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the predictions are not in the order of the rows"),
			 errdetail("The prediction for row %d of the request came where that for row %d"
					   " belongs, counted from 0.",
					   place, reply->nrows)));
}

static bool
json_row(Reply *reply, ReplyRow *row)
{
	const char *text = reply->first;
	size_t		len = reply->first_len;
	MemoryContext old;
	JsonRow		parsed;

	if (text == NULL && !next_json(reply, &text, &len))
		return false;
	reply->first = NULL;
	old = MemoryContextSwitchTo(reply->row_cxt);
	parse_row(reply, &parsed, text, len);
	row->place = row_place(&parsed);
	check_place(reply, &parsed, row->place);
	drs_jsonlayout_row(reply->layout, &parsed, row);
	MemoryContextSwitchTo(old);
	reply->nrows++;
	return true;
}

bool
drs_reply_next(Reply *reply, ReplyRow *row)
{
	CsvRecord	record;
	CsvStatus	status;

	if (reply->csv == NULL)
		return json_row(reply, row);
	status = drs_csv_next(reply->csv, &record);
	if (status == CSV_BROKEN)
		refuse_csv(reply);
	if (status == CSV_END)
		return false;
	if (record.nfields != reply->layout->ncolumns)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("a record of the answer has %d fields instead of %d", record.nfields,
						reply->layout->ncolumns)));
	row->place = -1;
	row->is_number = false;
	row->nfields = record.nfields;
	row->fields = record.fields;
	row->npassed = 0;
	row->has_explanations = false;
	row->nexplanations = 0;
	row->explanations = NULL;
	return true;
}
