/*
 * seriestimes.c
 *		Sorts rows by series and time.
 */
#include "postgres.h"

#include "access/tupdesc.h"
#include "catalog/pg_operator_d.h"
#include "catalog/pg_type_d.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/tuplesort.h"

#include "base/compat.h"
#include "partition/seriestimes.h"

struct SeriesTimes
{
	TupleDesc	desc;			/* of a series, as a signed number, and a time */
	TupleTableSlot *in;
	TupleTableSlot *out;
	Tuplesortstate *sort;
};

SeriesTimes *
drs_seriestimes_create(void)
{
	static AttrNumber keys[] = {1, 2};
	static Oid	operators[] = {Int8LessOperator, Int8LessOperator};
	static Oid	collations[] = {InvalidOid, InvalidOid};
	static bool nulls_first[] = {false, false};
	SeriesTimes *times = palloc(sizeof(SeriesTimes));

	times->desc = CreateTemplateTupleDesc(2);
	TupleDescInitEntry(times->desc, 1, "series", INT8OID, -1, 0);
	TupleDescInitEntry(times->desc, 2, "time", INT8OID, -1, 0);
	TupleDescFinalize(times->desc);
	times->in = MakeSingleTupleTableSlot(times->desc, &TTSOpsVirtual);
	times->out = MakeSingleTupleTableSlot(times->desc, &TTSOpsMinimalTuple);
	times->sort = tuplesort_begin_heap(times->desc, 2, keys, operators, collations, nulls_first,
									   work_mem, NULL, TUPLESORT_RANDOMACCESS);
	return times;
}

void
drs_seriestimes_add(SeriesTimes *times, uint64 series, Timestamp time)
{
	ExecClearTuple(times->in);
	times->in->tts_values[0] = Int64GetDatum((int64) series);
	times->in->tts_values[1] = Int64GetDatum(time);
	times->in->tts_isnull[0] = times->in->tts_isnull[1] = false;
	tuplesort_puttupleslot(times->sort, ExecStoreVirtualTuple(times->in));
}

void
drs_seriestimes_finish(SeriesTimes *times)
{
	tuplesort_performsort(times->sort);
}

void
drs_seriestimes_rewind(SeriesTimes *times)
{
	tuplesort_rescan(times->sort);
}

bool
drs_seriestimes_next(SeriesTimes *times, uint64 *series, Timestamp *time)
{
	CHECK_FOR_INTERRUPTS();
	if (!tuplesort_gettupleslot(times->sort, true, false, times->out, NULL))
		return false;
	slot_getallattrs(times->out);
	*series = (uint64) DatumGetInt64(times->out->tts_values[0]);
	*time = DatumGetInt64(times->out->tts_values[1]);
	return true;
}

void
drs_seriestimes_end(SeriesTimes *times)
{
	ExecDropSingleTupleTableSlot(times->in);
	ExecDropSingleTupleTableSlot(times->out);
	tuplesort_end(times->sort);
	pfree(times);
}
