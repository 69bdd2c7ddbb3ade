/*
 * timeline.c
 *		Keeps the times of all rows in order, on disk if they are many.
 */
#include "postgres.h"

#include "catalog/pg_operator_d.h"
#include "catalog/pg_type_d.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/timestamp.h"
#include "utils/tuplesort.h"

#include "base/compat.h"
#include "partition/timeline.h"

#define FIRST_YEAR 1900			/* of DataRobot, which has no dates before it */
#define LAST_YEAR 9999			/* of Python's datetime */

struct Timeline
{
	TimeExtent	extent;
	Tuplesortstate *sort;		/* NULL: the times are not kept */
	Timestamp	lowest;			/* bounds of what is accepted */
	Timestamp	too_high;
};

static Timestamp
start_of_year(int year)
{
	return (int64) (date2j(year, 1, 1) - POSTGRES_EPOCH_JDATE) * USECS_PER_DAY;
}

Timeline *
drs_timeline_create(bool sorts)
{
	Timeline   *timeline = palloc0(sizeof(Timeline));

	timeline->lowest = start_of_year(FIRST_YEAR);
	timeline->too_high = start_of_year(LAST_YEAR + 1);
	if (sorts)
		timeline->sort = tuplesort_begin_datum(INT8OID, Int8LessOperator, InvalidOid, false,
											   work_mem, NULL, TUPLESORT_RANDOMACCESS);
	return timeline;
}

static void
refuse_time(Timestamp time)
{
	if (TIMESTAMP_NOT_FINITE(time))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("the time of a row is infinite")));
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("the time of a row is not in the years %d to %d", FIRST_YEAR, LAST_YEAR),
			 errdetail("DataRobot accepts no others.")));
}

void
drs_timeline_add(Timeline *timeline, Timestamp time)
{
	TimeExtent *extent = &timeline->extent;

	if (time < timeline->lowest || time >= timeline->too_high)
		refuse_time(time);
	if (extent->nrows == 0 || time < extent->first)
		extent->first = time;
	if (extent->nrows == 0 || time > extent->last)
		extent->last = time;
	extent->nrows++;
	if (timeline->sort)
		tuplesort_putdatum(timeline->sort, Int64GetDatum(time), false);
}

void
drs_timeline_finish(Timeline *timeline, bool is_date)
{
	timeline->extent.is_date = is_date;
	if (timeline->sort)
		tuplesort_performsort(timeline->sort);
}

TimeExtent
drs_timeline_extent(const Timeline *timeline)
{
	return timeline->extent;
}

bool
drs_timeline_sorts(const Timeline *timeline)
{
	return timeline->sort != NULL;
}

/* ---- reading in order */

static bool
next_time(Timeline *timeline, Timestamp *time)
{
	Datum		value;
	bool		isnull;

	CHECK_FOR_INTERRUPTS();
	if (!drs_tuplesort_getdatum(timeline->sort, &value, &isnull))
		return false;
	*time = DatumGetInt64(value);
	return true;
}

/* An instant or a rank that is asked for, and where its answer goes. */
typedef struct Asked
{
	int64		key;
	int			index;
} Asked;

static int
compare_asked(const void *a, const void *b)
{
	int64		left = ((const Asked *) a)->key;
	int64		right = ((const Asked *) b)->key;

	return left < right ? -1 : left > right;
}

/* What is asked for, in order; palloc'd. */
static Asked *
sort_asked(const int64 *keys, int count)
{
	Asked	   *asked = palloc(count * sizeof(Asked) + 1);

	for (int i = 0; i < count; i++)
		asked[i] = (Asked) {keys[i], i};
	qsort(asked, count, sizeof(Asked), compare_asked);
	return asked;
}

void
drs_timeline_ranks(Timeline *timeline, const Timestamp *instants, int64 *ranks, int count)
{
	Asked	   *asked = sort_asked(instants, count);
	int64		rank = 0;
	int			next = 0;
	Timestamp	time;

	tuplesort_rescan(timeline->sort);
	while (next < count && next_time(timeline, &time))
	{
		while (next < count && asked[next].key <= time)
			ranks[asked[next++].index] = rank;
		rank++;
	}
	while (next < count)
		ranks[asked[next++].index] = rank;
	pfree(asked);
}

void
drs_timeline_times(Timeline *timeline, const int64 *ranks, Timestamp *times, int count)
{
	Asked	   *asked = sort_asked(ranks, count);
	int64		rank = 0;
	int			next = 0;
	Timestamp	time;

	tuplesort_rescan(timeline->sort);
	while (next < count && next_time(timeline, &time))
	{
		while (next < count && asked[next].key == rank)
			times[asked[next++].index] = time;
		rank++;
	}
	Assert(next == count);
	pfree(asked);
}

void
drs_timeline_end(Timeline *timeline)
{
	if (timeline->sort)
		tuplesort_end(timeline->sort);
	pfree(timeline);
}
