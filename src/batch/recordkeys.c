/*
 * recordkeys.c
 *		Reads the key columns of records, and where each record ends.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/memutils.h"

#include "batch/recordkeys.h"
#include "decode/csvreader.h"

struct RecordKeys
{
	const ResultRun *run;
	const Key  *key;
	CsvReader  *reader;
	MemoryContextCallback closer;
	int		   *columns;		/* of the result, for each key column */
	size_t		at;				/* where the next record begins */
};

/* Closes the reader when its memory context is reset. */
static void
close_reader(void *arg)
{
	drs_csv_close(arg);
}

/* A field in the database's encoding; what was sent empty comes back empty. */
static char *
field_text(const ReplyField *field)
{
	return field->text ? pg_any_to_server(field->text, (int) field->len, PG_UTF8) : "";
}

static int
find_column(const CsvRecord *header, const char *name)
{
	for (int i = 0; i < header->nfields; i++)
		if (strcmp(field_text(&header->fields[i]), name) == 0)
			return i;
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the result lacks the column \"%s\"", name)));
	return -1;					/* keep the compiler quiet */
}

/* The next record of the reader; false at the end. */
static bool
next_record(RecordKeys *keys, CsvRecord *record)
{
	CsvStatus	status = drs_csv_next(keys->reader, record);

	if (status == CSV_BROKEN)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the result is not well-formed CSV"),
				 errdetail("Its text is invalid: %s.", drs_csv_problem(keys->reader))));
	return status == CSV_RECORD;
}

RecordKeys *
drs_recordkeys_open(const ResultRun *run, const MarkColumns *marks, const Key *key)
{
	RecordKeys *keys = palloc0(sizeof(RecordKeys));
	CsvRecord	header = {0};

	keys->run = run;
	keys->key = key;
	keys->at = run->header_len;
	keys->columns = palloc(sizeof(int) * Max(marks->nkeys, 1));
	keys->reader = drs_csv_open(DRS_CSV_MAX_FIELDS);
	if (keys->reader == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory for reading a result")));
	keys->closer.func = close_reader;
	keys->closer.arg = keys->reader;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &keys->closer);
	drs_csv_feed(keys->reader, run->body, run->len, true);
	(void) next_record(keys, &header);
	for (int i = 0; i < marks->nkeys; i++)
		keys->columns[i] = find_column(&header, marks->keys[i]);
	return keys;
}

/* The end of the record that begins there, line end included. */
static size_t
record_end(const ResultRun *run, size_t at)
{
	bool		quoted = false;

	for (; at < run->len; at++)
	{
		if (run->body[at] == '"')
			quoted = !quoted;
		else if (run->body[at] == '\n' && !quoted)
			return at + 1;
	}
	return run->len;
}

bool
drs_recordkeys_next(RecordKeys *keys, KeyedRecord *record)
{
	CsvRecord	fields = {0};
	List	   *texts = NIL;

	if (!next_record(keys, &fields))
		return false;
	for (int i = 0; i < keys->key->ncolumns; i++)
	{
		if (keys->columns[i] >= fields.nfields)
			ereport(ERROR,
					(errcode(ERRCODE_PROTOCOL_VIOLATION),
					 errmsg("a record of the result has only %d fields", fields.nfields)));
		texts = lappend(texts, field_text(&fields.fields[keys->columns[i]]));
	}
	record->start = keys->at;
	record->end = keys->at = record_end(keys->run, keys->at);
	record->key = drs_key_values(keys->key, texts);
	return true;
}
