/*
 * spool.c
 *		Stores rows across transactions.
 *
 * A tuplestore whose file belongs to no resource owner, so that only we end
 * it.  Its memory is not in a child of the context to which the spool belongs:
 * when that is deleted, the tuplestore must still be complete, so that it can
 * be ended.  Unlike PersistHoldablePortal, this fetches what is stored out of
 * line, and leaves it compressed, as each row is put.
 */
#include "postgres.h"

#include "access/detoast.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/tempfile.h"
#include "rows/spool.h"

struct Spool
{
	TupleDesc	desc;
	int			max_kbytes;
	int64		nrows;
	int			nvarlena;
	int		   *varlena;		/* indexes of columns that can be stored out of line */
	Datum	   *flat;			/* a row's values, including those fetched */
	Tuplestorestate *store;
	MemoryContext store_cxt;	/* of the tuplestore */
	MemoryContext row_cxt;		/* for values fetched */
	MemoryContextCallback ending;
};

static void
begin_tuplestore(void *arg)
{
	Spool	   *spool = arg;

	spool->store = tuplestore_begin_heap(false, true, spool->max_kbytes);
}

static void
begin_store(Spool *spool)
{
	MemoryContext old = MemoryContextSwitchTo(spool->store_cxt);

	drs_tempfile_begin(begin_tuplestore, spool);
	MemoryContextSwitchTo(old);
	spool->nrows = 0;
}

static void
end_tuplestore(void *arg)
{
	tuplestore_end(arg);
}

static void
end_store(Spool *spool)
{
	Tuplestorestate *store = spool->store;

	spool->store = NULL;
	if (store)
		drs_tempfile_end(end_tuplestore, store);
}

static void
end_spool(void *arg)
{
	Spool	   *spool = arg;
	MemoryContext cxt = spool->store_cxt;

	if (cxt == NULL)
		return;
	spool->store_cxt = NULL;
	end_store(spool);
	MemoryContextDelete(cxt);
}

Spool *
drs_spool_open(TupleDesc desc, int max_kbytes)
{
	Spool	   *spool = palloc0(sizeof(Spool));

	spool->desc = CreateTupleDescCopy(desc);
	spool->max_kbytes = max_kbytes;
	spool->varlena = palloc(sizeof(int) * desc->natts);
	spool->flat = palloc(sizeof(Datum) * desc->natts);
	for (int i = 0; i < desc->natts; i++)
		if (TupleDescAttr(desc, i)->attlen == -1)
			spool->varlena[spool->nvarlena++] = i;

	spool->ending.func = end_spool;
	spool->ending.arg = spool;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &spool->ending);
	spool->store_cxt = AllocSetContextCreate(TopMemoryContext, "datarobot_scoring spool",
											 ALLOCSET_DEFAULT_SIZES);
	spool->row_cxt = AllocSetContextCreate(spool->store_cxt, "datarobot_scoring spooled row",
										   ALLOCSET_DEFAULT_SIZES);
	begin_store(spool);
	return spool;
}

void
drs_spool_close(Spool *spool)
{
	end_spool(spool);
}

TupleDesc
drs_spool_desc(const Spool *spool)
{
	return spool->desc;
}

/*
 * The row's values without pointers into tables, valid until the next call;
 * values itself when it has none.
 */
static const Datum *
flatten(Spool *spool, const Datum *values, const bool *isnull)
{
	const Datum *flat = values;

	for (int i = 0; i < spool->nvarlena; i++)
	{
		int			column = spool->varlena[i];
		struct varlena *value = (struct varlena *) DatumGetPointer(values[column]);

		if (isnull[column] || !VARATT_IS_EXTERNAL(value))
			continue;
		if (flat == values)
			flat = memcpy(spool->flat, values, sizeof(Datum) * spool->desc->natts);
		spool->flat[column] = PointerGetDatum(detoast_external_attr(value));
	}
	return flat;
}

void
drs_spool_put(Spool *spool, const Datum *values, const bool *isnull)
{
	MemoryContext old = MemoryContextSwitchTo(spool->row_cxt);
	const Datum *flat = flatten(spool, values, isnull);

	tuplestore_putvalues(spool->store, spool->desc, unconstify(Datum *, flat),
						 unconstify(bool *, isnull));
	MemoryContextSwitchTo(old);
	if (flat != values)
		MemoryContextReset(spool->row_cxt);
	spool->nrows++;
}

int64
drs_spool_rows(const Spool *spool)
{
	return spool->nrows;
}

bool
drs_spool_next(Spool *spool, TupleTableSlot *slot)
{
	/* the slot frees a row that was read from the file, whatever the memory context is then */
	MemoryContext old = MemoryContextSwitchTo(slot->tts_mcxt);
	bool		found;

	tuplestore_select_read_pointer(spool->store, 0);
	found = tuplestore_gettupleslot(spool->store, true, false, slot);
	MemoryContextSwitchTo(old);
	return found;
}

void
drs_spool_rewind(Spool *spool)
{
	tuplestore_select_read_pointer(spool->store, 0);
	tuplestore_rescan(spool->store);
}

/* A new tuplestore, because read pointers that scans have allocated cannot be removed from one. */
void
drs_spool_clear(Spool *spool)
{
	end_store(spool);
	begin_store(spool);
}

Tuplestorestate *
drs_spool_store(const Spool *spool)
{
	return spool->store;
}
