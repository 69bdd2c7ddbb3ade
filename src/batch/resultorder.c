/*
 * resultorder.c
 *		Brings the records of a downloaded result into the order of the rows.
 *
 * Records are looked at when runs are taken.  Those that are in order stay
 * where they were put: a run is a part of the text, with the header copied to
 * the place in front of it, where records are that were taken before, or the
 * header itself.  Early ones are stored (earlyrecords.h), and become a run of
 * their own when it is their turn.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/servermessage.h"
#include "batch/earlyrecords.h"
#include "batch/recordscan.h"
#include "batch/resultorder.h"
#include "decode/csvreader.h"

#define MAX_RECORD_BYTES ((size_t) 256 * 1024 * 1024)

/* A run that is made of early records is not longer, except by a record. */
#define MAX_EARLY_RUN_BYTES (1024 * 1024)

/* How much of a field is quoted in a message. */
#define MAX_QUOTED 100

/* A record of the text, or of an early run. */
typedef struct ResultRecord
{
	const char *text;
	size_t		len;			/* with its line end */
	bool		has_quotes;
	uint64		number;			/* of its row in the job, from 0 */
	bool		is_failed;		/* it has a status that is not OK */
	RawField	status;
} ResultRecord;

struct ResultOrder
{
	ResultOrderPlan plan;
	MemoryContext cxt;			/* of all that it has */

	/* what was put and not taken: from at to len; what is in front of at may be overwritten */
	char	   *text;
	size_t		size;
	size_t		at;
	size_t		len;
	RecordScan	scan;

	char	   *header;			/* a copy of the header line; NULL: it has not come */
	size_t		header_len;		/* with its line end */
	bool		has_carriage_returns;	/* lines end with CR and LF */
	int			nfields;
	int			number_field;	/* from 0 */
	int			status_field;	/* -1: there is none */

	uint64		next;			/* the row, from 0, that was not taken yet */
	EarlyRecords *early;
	StringInfoData early_run;	/* the last run of early records */
	char	   *status;			/* of the run that was taken last */

	bool		past_header;	/* of this download */
	bool		is_finished;
	bool		was_incomplete; /* a download ended before all rows had come */

	/* from the first restart on: a bit for each row that has come in this download */
	bool		is_restarted;
	uint8	   *seen;
	size_t		seen_bytes;
};

ResultOrder *
drs_resultorder_open(const ResultOrderPlan *plan)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext,
											  "datarobot_scoring result order",
											  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(cxt);
	ResultOrder *order = palloc0(sizeof(ResultOrder));

	order->plan = *plan;
	order->cxt = cxt;
	order->early = drs_earlyrecords_create(plan->max_kbytes);
	initStringInfo(&order->early_run);
	MemoryContextSwitchTo(old);
	return order;
}

void
drs_resultorder_close(ResultOrder *order)
{
	MemoryContextDelete(order->cxt);
}

/* The number of the row that was not taken yet. */
static uint64
next_number(const ResultOrder *order)
{
	return order->plan.first_row + order->next;
}

/* Move what was not taken to the place after the header. */
static void
move_forward(ResultOrder *order)
{
	size_t		by = order->at - order->header_len;

	if (by == 0)
		return;
	memmove(order->text + order->header_len, order->text + order->at, order->len - order->at);
	order->at -= by;
	order->len -= by;
	drs_recordscan_moved(&order->scan, by);
}

static void
enlarge(ResultOrder *order, size_t size)
{
	order->size = Max(size, order->size * 2);
	if (order->text)
		order->text = repalloc_huge(order->text, order->size);
	else
		order->text = MemoryContextAllocHuge(order->cxt, order->size);
}

void
drs_resultorder_put(ResultOrder *order, const char *bytes, size_t len)
{
	move_forward(order);
	if (order->len - order->at > MAX_RECORD_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("a record in the result of batch job %s has more than %zu bytes",
						order->plan.job_id, MAX_RECORD_BYTES)));
	if (order->len + len > order->size)
		enlarge(order, order->len + len);
	memcpy(order->text + order->len, bytes, len);
	order->len += len;
}

void
drs_resultorder_restart(ResultOrder *order)
{
	order->at = order->len = order->header_len;
	drs_recordscan_begin(&order->scan, order->at);
	order->scan.next_quote = order->at;
	order->past_header = false;
	order->is_finished = false;
	order->is_restarted = true;
	if (order->seen)
		memset(order->seen, 0, order->seen_bytes);
}

/* The record or header that next_line() returned is done with. */
static void
move_to(ResultOrder *order, size_t at)
{
	order->at = at;
	drs_recordscan_begin(&order->scan, at);
}

/* The offset after the line that begins at order->at; 0: it is not complete. */
static size_t
line_end_offset(ResultOrder *order)
{
	size_t		end = drs_recordscan_end(&order->scan, order->text, order->len);

	if (end > 0 || !order->is_finished || order->at == order->len)
		return end;
	if (order->scan.is_quoted)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the result of batch job %s ends within a quoted field",
						order->plan.job_id)));
	return order->len;			/* the last line may have no end */
}

/* The next line that is not empty, which remains the next one.  False: it has not come. */
static bool
next_line(ResultOrder *order, ResultRecord *line)
{
	size_t		end;

	while ((end = line_end_offset(order)) > 0)
	{
		line->text = order->text + order->at;
		line->len = end - order->at;
		line->has_quotes = order->scan.has_quotes;
		if (line->text[0] != '\n' && !(line->len == 2 && line->text[0] == '\r'))
			return true;
		move_to(order, end);
	}
	return false;
}

/* The length without the line end. */
static size_t
bare_length(const ResultOrder *order, const ResultRecord *line)
{
	size_t		len = line->len;

	if (line->text[len - 1] != '\n')
		return len;
	if (order->has_carriage_returns && len > 1 && line->text[len - 2] == '\r')
		len--;
	return len - 1;
}

/* The field that contains a column, -1: there is none.  Also counts the fields. */
static int
find_column(ResultOrder *order, const ResultRecord *header, const char *column)
{
	size_t		len = bare_length(order, header);
	int			found = -1;
	RawField	field;

	for (int i = 0; drs_recordscan_field(header->text, len, true, i, 0, &field); i++)
	{
		char	   *name = drs_rawfield_text(&field);

		order->nfields = i + 1;
		if (strcmp(name, column) == 0 && found >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_PROTOCOL_VIOLATION),
					 errmsg("the result of batch job %s has two columns \"%s\"",
							order->plan.job_id, column)));
		if (strcmp(name, column) == 0)
			found = i;
		pfree(name);
	}
	return found;
}

static int
require_column(ResultOrder *order, const ResultRecord *header, const char *column)
{
	int			found = find_column(order, header, column);

	if (found < 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the result of batch job %s lacks the column \"%s\"",
						order->plan.job_id, column),
				 errdetail("It begins with \"%s\".",
						   drs_one_line(header->text, header->len, MAX_QUOTED))));
	return found;
}

/* Forecasts do not correspond to the rows that were sent (docs/api.md 1.12). */
static void
refuse_forecasts(ResultOrder *order, const ResultRecord *header)
{
	if (find_column(order, header, "FORECAST_DISTANCE") >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the result of batch job %s has forecasts of a time series",
						order->plan.job_id),
				 errdetail("They do not correspond to the rows that were sent."),
				 errhint("Use the method \"realtime\", or datarobot.batch_score() with"
						 " datarobot.batch_upload() and datarobot.batch_download().")));
}

static void
learn_header(ResultOrder *order, const ResultRecord *header)
{
	refuse_forecasts(order, header);
	order->has_carriage_returns = header->len > 1 && header->text[header->len - 1] == '\n' &&
		header->text[header->len - 2] == '\r';
	order->number_field = require_column(order, header, order->plan.number_column);
	order->status_field = -1;
	if (order->plan.status_column)
		order->status_field = require_column(order, header, order->plan.status_column);
	order->header = MemoryContextAllocHuge(order->cxt, header->len);
	memcpy(order->header, header->text, header->len);
	order->header_len = header->len;
}

/* Move past the header of this download.  False: it has not come. */
static bool
pass_header(ResultOrder *order)
{
	ResultRecord header;
	size_t		mark;

	if (order->past_header)
		return true;
	if (!next_line(order, &header))
		return false;
	mark = drs_csv_mark_len(header.text, header.len);
	header.text += mark;
	header.len -= mark;
	if (order->header == NULL)
		learn_header(order, &header);
	else if (header.len != order->header_len ||
			 memcmp(header.text, order->header, header.len) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the result of batch job %s has other columns when it is read again",
						order->plan.job_id)));
	move_to(order, header.text + header.len - order->text);
	return order->past_header = true;
}

/* A field of a record; one that is empty if there are too few, which the decoder refuses. */
static RawField
get_field(const ResultOrder *order, const ResultRecord *record, int index)
{
	RawField	field = {"", 0};

	drs_recordscan_field(record->text, bare_length(order, record), record->has_quotes, index,
						 order->nfields, &field);
	return field;
}

static void
read_status(const ResultOrder *order, ResultRecord *record)
{
	record->is_failed = false;
	if (order->status_field < 0)
		return;
	record->status = get_field(order, record, order->status_field);
	record->is_failed = !drs_rawfield_is(&record->status, "OK");
}

static void
read_number(const ResultOrder *order, ResultRecord *record, uint64 rows)
{
	RawField	field = get_field(order, record, order->number_field);
	uint64		number;

	if (!drs_rawfield_number(&field, &number))
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the result of batch job %s has a record without a row number",
						order->plan.job_id),
				 errdetail("Column \"%s\" contains \"%s\".", order->plan.number_column,
						   drs_one_line(field.text, field.len, MAX_QUOTED))));
	record->number = number - order->plan.first_row;
	if (number < order->plan.first_row || record->number >= rows)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the result of batch job %s has row %llu, which was not sent",
						order->plan.job_id, (unsigned long long) number),
				 errdetail("Its rows are those from %llu, and %llu were sent.",
						   (unsigned long long) order->plan.first_row,
						   (unsigned long long) rows)));
}

/*
 * Note that a row has come, after a restart, when that it is known does not
 * show whether it came in this download.  Returns whether it had.
 */
static bool
note_seen(ResultOrder *order, uint64 number)
{
	size_t		byte = number / 8;
	uint8		bit = 1 << (number % 8);
	bool		was_seen;

	if (byte >= order->seen_bytes)
	{
		size_t		bytes = Max(byte + 1024, order->seen_bytes * 2);
		uint8	   *seen = MemoryContextAllocExtended(order->cxt, bytes,
													  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

		if (order->seen)
		{
			memcpy(seen, order->seen, order->seen_bytes);
			pfree(order->seen);
		}
		order->seen = seen;
		order->seen_bytes = bytes;
	}
	was_seen = order->seen[byte] & bit;
	order->seen[byte] |= bit;
	return was_seen;
}

/* A record that is not the next one: early, or one that has come before. */
static void
set_aside(ResultOrder *order, const ResultRecord *record)
{
	bool		is_known = record->number < order->next ||
		drs_earlyrecords_has(order->early, record->number);

	if (order->is_restarted ? note_seen(order, record->number) : is_known)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the result of batch job %s has row %llu twice", order->plan.job_id,
						(unsigned long long) (record->number + order->plan.first_row))));
	if (!is_known)
		drs_earlyrecords_put(order->early, record->number, record->text, record->len);
}

/* Set all records aside that have come. */
static void
set_rest_aside(ResultOrder *order, uint64 rows)
{
	ResultRecord record;

	while (pass_header(order) && next_line(order, &record))
	{
		read_number(order, &record, rows);
		set_aside(order, &record);
		move_to(order, order->at + record.len);
	}
}

bool
drs_resultorder_finish(ResultOrder *order, uint64 rows)
{
	bool		is_whole;

	set_rest_aside(order, rows);
	is_whole = order->at == order->len &&
		order->next + drs_earlyrecords_count(order->early) >= rows;
	if (!is_whole && !order->was_incomplete)
	{
		order->was_incomplete = true;
		return false;
	}
	order->is_finished = true;
	return true;
}

/* Add a row to the run; false if it must be the last one. */
static bool
add_row(ResultOrder *order, const ResultRecord *record, ResultRun *run)
{
	if (record->is_failed)
	{
		MemoryContext old = MemoryContextSwitchTo(order->cxt);

		run->status = order->status = drs_rawfield_text(&record->status);
		MemoryContextSwitchTo(old);
	}
	run->nrows++;
	order->next++;
	return !record->is_failed;
}

/* A run of records that are in the text, one after another. */
static void
take_text(ResultOrder *order, uint64 rows, int max_rows, ResultRun *run)
{
	ResultRecord record;
	size_t		start = 0;
	bool		more = true;

	while (more && run->nrows < max_rows && next_line(order, &record))
	{
		read_number(order, &record, rows);
		read_status(order, &record);
		if (run->nrows > 0 && (record.number != order->next || record.is_failed))
			break;
		if (record.number != order->next)
			set_aside(order, &record);
		else
		{
			if (run->nrows == 0)
				start = order->at;
			if (order->is_restarted)
				note_seen(order, record.number);
			more = add_row(order, &record, run) &&
				!drs_earlyrecords_has(order->early, order->next);
		}
		move_to(order, order->at + record.len);
	}
	if (run->nrows == 0)
		return;
	memcpy(order->text + start - order->header_len, order->header, order->header_len);
	run->body = order->text + start - order->header_len;
	run->len = order->at - start + order->header_len;
}

/* A run of records that came early. */
static void
take_early(ResultOrder *order, int max_rows, ResultRun *run)
{
	StringInfo	body = &order->early_run;
	bool		more = true;

	resetStringInfo(body);
	appendBinaryStringInfo(body, order->header, order->header_len);
	while (more && run->nrows < max_rows && body->len < MAX_EARLY_RUN_BYTES &&
		   drs_earlyrecords_has(order->early, order->next))
	{
		int			start = body->len;
		ResultRecord record = {0};

		drs_earlyrecords_get(order->early, order->next, body);
		if (body->data[body->len - 1] != '\n')
			appendStringInfoChar(body, '\n');
		record.text = body->data + start;
		record.len = body->len - start;
		record.has_quotes = memchr(record.text, '"', record.len) != NULL;
		read_status(order, &record);
		if (record.is_failed && run->nrows > 0)
		{
			body->len = start;
			break;
		}
		drs_earlyrecords_remove(order->early, order->next);
		more = add_row(order, &record, run);
	}
	run->body = body->data;
	run->len = body->len;
}

/* Nothing more comes: were all rows taken? */
static void
check_complete(const ResultOrder *order, uint64 rows)
{
	uint64		missing = rows - order->next - drs_earlyrecords_count(order->early);

	if (order->next >= rows)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the result of batch job %s lacks row %llu", order->plan.job_id,
					(unsigned long long) next_number(order)),
			 errdetail("It lacks %llu of %llu rows.", (unsigned long long) missing,
					   (unsigned long long) rows)));
}

bool
drs_resultorder_take(ResultOrder *order, uint64 rows, int max_rows, ResultRun *run)
{
	*run = (ResultRun) {.first_row = next_number(order)};
	if (order->status)
		pfree(order->status);
	order->status = NULL;
	if (drs_earlyrecords_has(order->early, order->next))
		take_early(order, max_rows, run);
	else if (pass_header(order))
		take_text(order, rows, max_rows, run);
	run->header_len = order->header_len;
	if (run->nrows == 0 && order->is_finished)
		check_complete(order, rows);
	return run->nrows > 0;
}
