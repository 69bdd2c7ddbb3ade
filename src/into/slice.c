/*
 * slice.c
 *		Gathers predictions, and the rows that got none.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/memutils.h"

#include "into/sentfeatures.h"
#include "into/slice.h"

static char *key_json(const Slice *slice, const Datum *values, const bool *isnull);
static void add_rejection(Slice *slice, LedgerRejection *rejection, const Datum *values,
						  const bool *isnull);

static List *
field_names(const Output *output)
{
	List	   *names = NIL;

	for (int i = 0; i < output->nkeys; i++)
		names = lappend(names, NameStr(TupleDescAttr(output->desc, i)->attname));
	return names;
}

Slice *
drs_slice_open(const Output *output, const Columns *columns, const Options *options)
{
	Slice	   *slice = palloc0(sizeof(Slice));

	slice->output = output;
	slice->columns = columns;
	slice->options = options;
	slice->whole = true;
	slice->key = output->nkeys > 0 ? drs_key_of(output->desc, field_names(output)) : NULL;
	slice->key_desc = drs_kept_desc(columns, 0, columns->nkeys);
	slice->rows = drs_spool_open(output->desc, work_mem);
	slice->cxt = AllocSetContextCreate(CurrentMemoryContext, "datarobot_scoring slice",
									   ALLOCSET_DEFAULT_SIZES);
	return slice;
}

static char *
sqlstate_text(int sqlerrcode)
{
	return pstrdup(unpack_sql_state(sqlerrcode));
}

void
drs_slice_count(Slice *slice, int rows, const Datum *values, const bool *isnull)
{
	if (slice->read == 0 && slice->key)
	{
		MemoryContext old = MemoryContextSwitchTo(slice->cxt);

		slice->first_key = drs_key_texts(slice->key, values, isnull);
		MemoryContextSwitchTo(old);
	}
	slice->read += rows;
	slice->whole = false;
}

void
drs_slice_add_forecast(Slice *slice, const Datum *values, const bool *isnull)
{
	drs_spool_put(slice->rows, values, isnull);
	slice->whole = false;
}

void
drs_slice_add(Slice *slice, const Datum *values, const bool *isnull, const RowFailure *failure)
{
	drs_slice_count(slice, 1, values, isnull);
	if (failure)
	{
		MemoryContext old = MemoryContextSwitchTo(slice->cxt);
		LedgerRejection *rejection = palloc0(sizeof(LedgerRejection));

		rejection->http_status = failure->http_status;
		rejection->sqlstate = sqlstate_text(failure->sqlerrcode);
		rejection->message = pstrdup(failure->message);
		if (failure->record && slice->options->write.keep_features)
			rejection->features = drs_sent_features(slice->columns, slice->options,
													failure->record, failure->record_len);
		slice->rejected_bytes = slice->failed_bytes += failure->record_len;
		add_rejection(slice, rejection, values, isnull);
		slice->nfailed++;
		MemoryContextSwitchTo(old);
		if (slice->options->write.on_error == ON_ERROR_REJECT)
			return;
	}
	drs_spool_put(slice->rows, values, isnull);
}

/* Is the row among those that got no prediction? */
static bool
has_failed(const Slice *slice, int64 row_number)
{
	int			low = 0;
	int			high = slice->nfailed;

	while (low < high)
	{
		int			middle = (low + high) / 2;
		int64		other =
			((const LedgerRejection *) list_nth(slice->rejections, middle))->row_number;

		if (other == row_number)
			return true;
		if (other < row_number)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

void
drs_slice_reject(Slice *slice, const Datum *values, const bool *isnull, const ErrorData *error)
{
	int			field = slice->output->record;
	LedgerRejection *rejection;
	MemoryContext old;

	if (slice->options->write.on_error == ON_ERROR_NULL &&
		has_failed(slice, DatumGetInt64(values[slice->output->row_number])))
		return;					/* it was to be written without a prediction; the first
								 * reason remains */
	old = MemoryContextSwitchTo(slice->cxt);
	rejection = palloc0(sizeof(LedgerRejection));
	rejection->sqlstate = sqlstate_text(error->sqlerrcode);
	rejection->message = pstrdup(error->message);
	if (field >= 0 && !isnull[field])
	{
		char	   *record = TextDatumGetCString(values[field]);

		record = pg_server_to_any(record, (int) strlen(record), PG_UTF8);
		rejection->features = drs_sent_features(slice->columns, slice->options, record,
												strlen(record));
		slice->rejected_bytes += (int64) strlen(record);
	}
	add_rejection(slice, rejection, values, isnull);
	MemoryContextSwitchTo(old);
}

/* What all rejected rows have; in the slice's context. */
static void
add_rejection(Slice *slice, LedgerRejection *rejection, const Datum *values, const bool *isnull)
{
	rejection->row_number = DatumGetInt64(values[slice->output->row_number]);
	rejection->key = key_json(slice, values, isnull);
	slice->rejections = lappend(slice->rejections, rejection);
}

/* The key as a JSON object, by PostgreSQL's row_to_json; NULL when there is none. */
static char *
key_json(const Slice *slice, const Datum *values, const bool *isnull)
{
	HeapTuple	tuple;

	if (slice->key_desc == NULL)
		return NULL;
	tuple = heap_form_tuple(slice->key_desc, unconstify(Datum *, values),
							unconstify(bool *, isnull));
	return TextDatumGetCString(DirectFunctionCall1(row_to_json, HeapTupleGetDatum(tuple)));
}

void
drs_slice_end_at(Slice *slice, const Datum *values, const bool *isnull)
{
	MemoryContext old = MemoryContextSwitchTo(slice->cxt);

	if (slice->key)
		slice->last_key = drs_key_texts(slice->key, values, isnull);
	MemoryContextSwitchTo(old);
	slice->whole = true;
}

const char *
drs_slice_last_reason(const Slice *slice)
{
	return slice->rejections ? ((const LedgerRejection *) llast(slice->rejections))->message : "";
}

void
drs_slice_rewind(Slice *slice)
{
	slice->rejections = list_truncate(slice->rejections, slice->nfailed);
	slice->rejected_bytes = slice->failed_bytes;
}

void
drs_slice_clear(Slice *slice)
{
	MemoryContextReset(slice->cxt);
	drs_spool_clear(slice->rows);
	slice->read = 0;
	slice->first_key = slice->last_key = NIL;
	slice->rejections = NIL;
	slice->nfailed = 0;
	slice->rejected_bytes = slice->failed_bytes = 0;
	slice->whole = true;
	slice->answer = 0;
	slice->model_id = NULL;
}
