/*
 * reply.c
 *		Reads CSV and JSON answers by the same functions.
 *
 * Bytes are checked and converted first.  After that they are text in the
 * database's encoding, without a NUL among them.
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

#define CHECK_EVERY 64			/* rows between two checks for interrupts */
#define MAX_UTF8_BYTES 4		/* of a character */

struct Reply
{
	const ReplyTerms *terms;
	MemoryContext cxt;
	MemoryContext row_cxt;
	bool		begun;			/* reading has begun: the first bytes could be read */
	/* bytes that were fed before they could be read; palloc'd, or NULL */
	char	   *held;
	size_t		nheld;
	size_t		held_room;
	size_t		nread;			/* of those held, read since */
	const Layout *layout;
	CsvReader  *csv;			/* NULL: it is JSON */
	JsonReader	json;
	/* JSON: the first row, which the layout was read from; NULL once handed out */
	const char *first;
	size_t		first_len;
};

static void
refuse_empty(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the answer is empty")));
}

/* Raise for a text that libcsv could not read. */
static void
refuse_csv(const Reply *reply)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the answer is not well-formed CSV"),
			 errdetail("Its text is invalid: %s.", drs_csv_problem(reply->csv))));
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

/* Closes the CSV reader when its memory context is reset. */
static void
close_reader(void *arg)
{
	drs_csv_close(arg);
}

static void
open_csv(Reply *reply)
{
	MemoryContextCallback *closer = palloc0(sizeof(MemoryContextCallback));

	reply->csv = drs_csv_open(DRS_CSV_MAX_FIELDS);
	if (reply->csv == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory for reading an answer")));
	closer->func = close_reader;
	closer->arg = reply->csv;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, closer);
}

Reply *
drs_reply_open(const char *content_type, const ReplyTerms *terms, MemoryContext row_cxt)
{
	Reply	   *reply = palloc0(sizeof(Reply));

	reply->terms = terms;
	reply->cxt = CurrentMemoryContext;
	reply->row_cxt = row_cxt;
	check_type(content_type, terms->format);
	if (terms->format == FORMAT_CSV)
		open_csv(reply);
	return reply;
}

/* Bytes of UTF-8 text up to the end of its last whole character. */
static size_t
whole_characters(const char *text, size_t len)
{
	size_t		at = len;

	/* back to the first byte of the last character */
	while (at > 0 && len - at < MAX_UTF8_BYTES && ((unsigned char) text[at - 1] & 0xC0) == 0x80)
		at--;
	if (at == 0)
		return len;				/* the check of the encoding will refuse it */
	return at - 1 + pg_utf_mblen((const unsigned char *) text + at - 1) > len ? at - 1 : len;
}

/* The number of bytes that can be read while more are to come. */
static size_t
readable_bytes(const Reply *reply, const char *text, size_t len)
{
	if (reply->csv == NULL || (!reply->begun && !drs_csv_has_line(text, len)))
		return 0;
	return whole_characters(text, len);
}

static void
hold(Reply *reply, const char *bytes, size_t len)
{
	size_t		room = Max(reply->held_room, 1024);

	while (room - reply->nheld < len)
		room *= 2;
	if (reply->held == NULL)
		reply->held = MemoryContextAllocHuge(reply->cxt, room);
	else if (room > reply->held_room)
		reply->held = repalloc_huge(reply->held, room);
	reply->held_room = room;
	memcpy(reply->held + reply->nheld, bytes, len);
	reply->nheld += len;
}

/* Held bytes that were not read, followed by the new bytes, in one piece. */
static const char *
join(Reply *reply, const char *bytes, size_t *len)
{
	reply->nheld -= reply->nread;
	if (reply->nheld > 0 && reply->nread > 0)
		memmove(reply->held, reply->held + reply->nread, reply->nheld);
	reply->nread = 0;
	if (reply->nheld == 0)
		return bytes;
	hold(reply, bytes, *len);
	*len = reply->nheld;
	return reply->held;
}

/* Begin or continue to read, with a text of whole characters. */
static void
read_text(Reply *reply, const char *text, size_t len, bool last)
{
	char	   *converted;

	if (!reply->begun && len == 0)
		refuse_empty();
	if (!reply->begun)
	{
		size_t		mark = drs_csv_mark_len(text, len);

		text += mark;
		len -= mark;
	}
	converted = pg_any_to_server(text, (int) len, PG_UTF8);
	if (converted != text)
		len = strlen(converted);
	if (reply->csv)
		drs_csv_feed(reply->csv, converted, len, last);
	else
	{
		drs_jsonreader_init(&reply->json, converted, len);
		reply->json.bare = reply->terms->bare;
	}
	reply->begun = true;
}

bool
drs_reply_feed(Reply *reply, const char *bytes, size_t len, bool last)
{
	const char *text = join(reply, bytes, &len);
	size_t		readable = last ? len : readable_bytes(reply, text, len);

	if (last || readable > 0)
		read_text(reply, text, readable, last);
	if (text == reply->held)
		reply->nread = readable;
	else if (readable < len)
		hold(reply, text + readable, len - readable);
	return reply->begun;
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
	if (status != CSV_RECORD)
		refuse_empty();
	if (known && drs_csvlayout_fits(known, &header))
		return known;
	MemoryContextReset(layout_cxt);
	old = MemoryContextSwitchTo(layout_cxt);
	layout = drs_csvlayout_read(&header, reply->terms->columns, reply->terms->passed);
	MemoryContextSwitchTo(old);
	return layout;
}

/* The next row of a JSON answer; false at its end. */
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
		reply->first = NULL;	/* it may point to another member, which is not a row */
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
	JsonReader	reader = reply->json;	/* the answer's own reader does not move */
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

/* The row of the request, from 0, that a row of JSON names; -1: none. */
static int
row_in_request(const JsonRow *row)
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
	row->row_in_request = row_in_request(&parsed);
	drs_jsonlayout_row(reply->layout, &parsed, row);
	MemoryContextSwitchTo(old);
	return true;
}

ReplyStatus
drs_reply_next(Reply *reply, ReplyRow *row)
{
	CsvRecord	record;
	CsvStatus	status;

	if (reply->csv == NULL)
		return json_row(reply, row) ? REPLY_ROW : REPLY_END;
	status = drs_csv_next(reply->csv, &record);
	if (status == CSV_BROKEN)
		refuse_csv(reply);
	if (status != CSV_RECORD)
		return status == CSV_MORE ? REPLY_MORE : REPLY_END;
	if (record.nfields != reply->layout->ncolumns)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("a record of the answer has %d fields instead of %d", record.nfields,
						reply->layout->ncolumns)));
	row->row_in_request = -1;
	row->is_number = false;
	row->nfields = record.nfields;
	row->fields = record.fields;
	row->npassed = 0;
	row->has_explanations = false;
	row->nexplanations = 0;
	row->explanations = NULL;
	return REPLY_ROW;
}
