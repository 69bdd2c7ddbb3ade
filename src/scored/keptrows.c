/*
 * keptrows.c
 *		Rows of a scan that are kept for the case that it starts again.
 */
#include "postgres.h"

#include "executor/tuptable.h"
#include "miscadmin.h"
#include "utils/tuplestore.h"

#include "scored/keptrows.h"

/* What is kept for values that are probably others the next time. */
#define FEW_ROWS 1000
#define FEW_KB 256

struct KeptRows
{
	TupleDesc	desc;
	Tuplestorestate *store;		/* NULL: there were too many */
	TupleTableSlot *slot;
	bool		few;
};

KeptRows *
drs_keptrows_create(TupleDesc desc, bool few)
{
	KeptRows   *kept = palloc0(sizeof(KeptRows));

	kept->desc = desc;
	kept->few = few;
	kept->store = tuplestore_begin_heap(false, false, few ? FEW_KB : work_mem);
	kept->slot = MakeSingleTupleTableSlot(desc, &TTSOpsMinimalTuple);
	return kept;
}

static bool
is_full(const KeptRows *kept)
{
	return kept->few && (tuplestore_tuple_count(kept->store) >= FEW_ROWS ||
						 !tuplestore_in_memory(kept->store));
}

void
drs_keptrows_add(KeptRows *kept, const Datum *values, const bool *isnull)
{
	if (kept->store == NULL)
		return;
	tuplestore_putvalues(kept->store, kept->desc, unconstify(Datum *, values),
						 unconstify(bool *, isnull));
	if (is_full(kept))
	{
		tuplestore_end(kept->store);
		kept->store = NULL;
	}
}

bool
drs_keptrows_next(KeptRows *kept, const Datum **values, const bool **isnull)
{
	if (kept->store == NULL || tuplestore_ateof(kept->store) ||
		!tuplestore_gettupleslot(kept->store, true, false, kept->slot))
		return false;
	slot_getallattrs(kept->slot);
	*values = kept->slot->tts_values;
	*isnull = kept->slot->tts_isnull;
	return true;
}

bool
drs_keptrows_rewind(KeptRows *kept)
{
	if (kept->store == NULL)
		return false;
	tuplestore_rescan(kept->store);
	return true;
}

void
drs_keptrows_end(KeptRows *kept)
{
	ExecDropSingleTupleTableSlot(kept->slot);
	if (kept->store)
		tuplestore_end(kept->store);
}
