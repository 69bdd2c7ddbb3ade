/*
 * keyranges.c
 *		Cuts the rows of a query into ranges of its key.
 *
 * The number of rows is known only at the end.  So every n-th key is kept as a
 * sample, and when there are too many samples, every other one is dropped and
 * n doubled.  The samples that remain are spread evenly over the rows, and the
 * more of them there are for each range, the more even the ranges are.
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/plancache.h"

#include "rows/keyorder.h"
#include "rows/keyranges.h"
#include "rows/keysql.h"
#include "rows/source.h"

/* At the end there are at least half as many, if there are that many rows. */
#define MAX_SAMPLES 8192

typedef struct Split
{
	List	   *names;
	Key		   *key;			/* of rows that are keys alone */
	KeyOrder	order;
	uint64		nrows;
	uint64		step;			/* sample i is the key of row (i + 1) * step, counted from 1 */
	int			nsamples;
	Datum	  **samples;
} Split;

static void
start_split(TupleDesc desc, void *arg)
{
	Split	   *split = arg;

	split->key = drs_key_of(desc, split->names);
	drs_keyorder_init(&split->order, split->key);
	split->step = 1;
	split->samples = palloc(sizeof(Datum *) * MAX_SAMPLES);
}

static void
thin_out(Split *split)
{
	for (int i = 0; i < MAX_SAMPLES; i += 2)
	{
		drs_key_free(split->key, split->samples[i]);
		split->samples[i / 2] = split->samples[i + 1];
	}
	split->nsamples = MAX_SAMPLES / 2;
	split->step *= 2;
}

static bool
split_row(TupleTableSlot *slot, void *arg)
{
	Split	   *split = arg;

	slot_getallattrs(slot);
	(void) drs_keyorder_next(&split->order, slot->tts_values, slot->tts_isnull, false);
	if (++split->nrows % split->step != 0)
		return true;
	if (split->nsamples == MAX_SAMPLES)
		thin_out(split);
	if (split->nrows % split->step == 0)
		split->samples[split->nsamples++] = drs_key_copy(split->key, slot->tts_values);
	return true;
}

static void
sample_keys(Split *split, const char *query)
{
	static const RowConsumer consumer = {start_split, split_row};
	MemoryContext cxt = CurrentMemoryContext;
	SPIPlanPtr	plan;
	CachedPlanSource *source;
	char	   *keys;

	SPI_connect();
	plan = drs_source_prepare(query, 0, NULL, 0);
	source = linitial(SPI_plan_get_plan_sources(plan));
	keys = drs_keysql_keys(drs_source_statement(query),
						   drs_key_of(source->resultDesc, split->names));
	plan = drs_source_prepare(keys, 0, NULL, CURSOR_OPT_PARALLEL_OK);
	MemoryContextSwitchTo(cxt);
	drs_source_execute(plan, NULL, 0, &consumer, split);
	SPI_finish();
}

/* The samples nearest to even cuts, each once, except one that is the last key. */
static List *
choose_cuts(const Split *split, int parts)
{
	const bool *isnull = palloc0(sizeof(bool) * split->key->ncolumns);
	List	   *cuts = NIL;
	int			used = -1;

	for (int i = 1; i < parts; i++)
	{
		double		row = (double) split->nrows * i / parts;
		int			sample = (int) (row / split->step + 0.5) - 1;

		if (sample <= used || sample >= split->nsamples ||
			(sample + 1) * split->step >= split->nrows)
			continue;
		cuts = lappend(cuts, drs_key_texts(split->key, split->samples[sample], isnull));
		used = sample;
	}
	return cuts;
}

List *
drs_keyranges_cut(const char *query, List *key_columns, int parts, List **end)
{
	MemoryContext cxt = CurrentMemoryContext;
	MemoryContext work = AllocSetContextCreate(cxt, "datarobot_scoring split",
											   ALLOCSET_DEFAULT_SIZES);
	Split		split = {.names = key_columns};
	List	   *cuts;

	MemoryContextSwitchTo(work);
	sample_keys(&split, query);
	MemoryContextSwitchTo(cxt);
	cuts = choose_cuts(&split, parts);
	*end = split.order.last ? drs_key_value_texts(split.key, split.order.last) : NIL;
	MemoryContextDelete(work);
	return cuts;
}
