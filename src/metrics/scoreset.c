/*
 * scoreset.c
 *		Scores in order, with the weight that is at each.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/tempfile.h"
#include "metrics/scorekey.h"
#include "metrics/scoreset.h"

/* A set may have room for so many scores whatever the others have: runs should not be tiny. */
#define LEAST_ROOM 64

/* Room of a new set: there may be many groups of few rows. */
#define FIRST_ROOM 8

/* A run is read by so many scores at a time, or fewer if many runs would exceed work_mem. */
#define MOST_READ_AHEAD 1024
#define LEAST_READ_AHEAD 16

/* Reading looks at interrupts so often: a cancel is seen at once, and costs nothing. */
#define TIES_PER_INTERRUPT 1024

typedef struct ScoreEntry
{
	uint64		key;
	double		first;
	double		second;
} ScoreEntry;

/* Sorted entries in the file. */
typedef struct ScoreRun
{
	off_t		begin;			/* byte in the file */
	int64		count;
} ScoreRun;

struct ScoreStore
{
	MemoryContext context;
	MemoryContextCallback on_reset;
	ScoreStore **list;
	ScoreStore *next;			/* in the list */
	Size		room;			/* entries that the sets have room for, together */
	BufFile    *file;			/* NULL until a set needs it */
	off_t		file_end;
};

struct ScoreSet
{
	ScoreStore *store;
	ScoreEntry *entries;
	Size		room;
	Size		count;
	Size		nsorted;		/* of the entries, from the first on */
	ScoreRun   *runs;
	int			nruns;
	int			runs_room;
	ExactSum	first_total;
	ExactSum	second_total;
};

/* What is left of a run, or of the entries in memory, of which none are unread. */
typedef struct RunCursor
{
	ScoreEntry *entry;			/* the next one */
	ScoreEntry *end;			/* of those read */
	ScoreEntry *buffer;
	off_t		position;		/* in the file, of those not read */
	int64		unread;
} RunCursor;

struct ScoreReader
{
	ScoreSet   *set;
	RunCursor  *cursors;		/* a heap: the one with the lowest key first */
	int			ncursors;		/* that have entries left */
	ScoreEntry *buffers;
	Size		read_ahead;		/* entries for each run */
	uint64		nties;
};

#define ST_SORT sort_entries
#define ST_ELEMENT_TYPE ScoreEntry
#define ST_COMPARE(a, b) ((a)->key < (b)->key ? -1 : (a)->key > (b)->key)
#define ST_CHECK_FOR_INTERRUPTS
#define ST_SCOPE static
#define ST_DEFINE
#include "lib/sort_template.h"

static void store_reset(void *arg);
static void make_room(ScoreSet *set);
static void grow(ScoreSet *set, Size room);
static void put_in_order(ScoreSet *set);
static void merge_tail(ScoreSet *set);
static void join_ties(ScoreSet *set);
static void write_run(ScoreSet *set);
static void read_on(ScoreReader *reader, RunCursor *cursor);
static void sift_down(ScoreReader *reader, int place);

ScoreStore *
drs_score_store(ScoreStore **list, MemoryContext context)
{
	ScoreStore *store;

	for (store = *list; store != NULL; store = store->next)
	{
		if (store->context == context)
			return store;
	}
	store = MemoryContextAllocZero(context, sizeof(ScoreStore));
	store->context = context;
	store->list = list;
	store->next = *list;
	*list = store;
	store->on_reset.func = store_reset;
	store->on_reset.arg = store;
	MemoryContextRegisterResetCallback(context, &store->on_reset);
	return store;
}

static void
close_file(void *arg)
{
	BufFileClose(((ScoreStore *) arg)->file);
}

static void
store_reset(void *arg)
{
	ScoreStore *store = arg;
	ScoreStore **place = store->list;

	while (*place != store)
		place = &(*place)->next;
	*place = store->next;
	if (store->file != NULL)
		drs_tempfile_end(close_file, store);
}

ScoreSet *
drs_score_set(ScoreStore *store)
{
	ScoreSet   *set = MemoryContextAllocZero(store->context, sizeof(ScoreSet));

	set->store = store;
	return set;
}

void
drs_score_add(ScoreSet *set, double score, double first, double second)
{
	ScoreEntry *entry;

	if (set->count == set->room)
		make_room(set);
	entry = &set->entries[set->count++];
	entry->key = drs_score_key(score);
	entry->first = first;
	entry->second = second;
	drs_sum_add(&set->first_total, first);
	drs_sum_add(&set->second_total, second);
}

const ExactSum *
drs_score_first_total(const ScoreSet *set)
{
	return &set->first_total;
}

const ExactSum *
drs_score_second_total(const ScoreSet *set)
{
	return &set->second_total;
}

/* Let at least one more entry fit: by more memory, by joining ties, or by a run in the file. */
static void
make_room(ScoreSet *set)
{
	Size		most = (Size) work_mem * 1024 / sizeof(ScoreEntry);
	Size		left = set->store->room < most ? most - set->store->room : 0;

	if (set->room < LEAST_ROOM)
		grow(set, set->room == 0 ? FIRST_ROOM : set->room * 2);
	else if (left >= LEAST_ROOM)
		grow(set, set->room + Min(set->room, left));
	else
	{
		put_in_order(set);
		if (set->count > set->room / 2)
			write_run(set);
	}
}

static void
grow(ScoreSet *set, Size room)
{
	Size		size = room * sizeof(ScoreEntry);

	if (set->entries == NULL)
		set->entries = MemoryContextAlloc(set->store->context, size);
	else
		set->entries = repalloc_huge(set->entries, size);
	set->store->room += room - set->room;
	set->room = room;
}

/* Sort what was added, and join equal scores. */
static void
put_in_order(ScoreSet *set)
{
	if (set->nsorted == set->count)
		return;
	sort_entries(set->entries + set->nsorted, set->count - set->nsorted);
	if (set->nsorted > 0)
		merge_tail(set);
	join_ties(set);
	set->nsorted = set->count;
}

/*
 * Merge the sorted entries after the first nsorted into these, from the back.
 * The room for it is short: window aggregates add a row and read, and again.
 */
static void
merge_tail(ScoreSet *set)
{
	Size		ntail = set->count - set->nsorted;
	ScoreEntry *tail = MemoryContextAllocHuge(CurrentMemoryContext, ntail * sizeof(ScoreEntry));
	ScoreEntry *to = set->entries + set->count;
	Size		nhead = set->nsorted;

	memcpy(tail, set->entries + nhead, ntail * sizeof(ScoreEntry));
	for (Size left = ntail; left > 0;)
	{
		CHECK_FOR_INTERRUPTS();
		if (nhead > 0 && set->entries[nhead - 1].key > tail[left - 1].key)
			*--to = set->entries[--nhead];
		else
			*--to = tail[--left];
	}
	pfree(tail);
}

/*
 * Entries with the same key become one, and another for what that one has no
 * digits for: a metric may be a difference of sums, which only this makes.
 */
static ScoreEntry *
join_tie(ScoreEntry *to, const ScoreEntry *from, const ScoreEntry *end)
{
	ExactSum	first = {0};
	ExactSum	second = {0};
	uint64		key = from->key;

	for (; from < end; from++)
	{
		CHECK_FOR_INTERRUPTS();
		drs_sum_add(&first, from->first);
		drs_sum_add(&second, from->second);
	}
	*to++ = (ScoreEntry) {key, first.high, second.high};
	if (first.low != 0 || second.low != 0)
		*to++ = (ScoreEntry) {key, first.low, second.low};
	return to;
}

static void
join_ties(ScoreSet *set)
{
	ScoreEntry *to = set->entries;
	ScoreEntry *end = set->entries + set->count;

	for (ScoreEntry *from = set->entries; from < end;)
	{
		ScoreEntry *tie = from++;

		CHECK_FOR_INTERRUPTS();
		while (from < end && from->key == tie->key)
			from++;
		if (from - tie == 1)
			*to++ = *tie;
		else
			to = join_tie(to, tie, from);
	}
	set->count = to - set->entries;
}

static void
create_file(void *arg)
{
	((ScoreStore *) arg)->file = BufFileCreateTemp(true);
}

static void
seek(ScoreStore *store, off_t position)
{
	if (BufFileSeek(store->file, 0, position, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not seek in temporary file: %m")));
}

/* Move all entries, which are in order, to the end of the file. */
static void
write_run(ScoreSet *set)
{
	ScoreStore *store = set->store;
	MemoryContext old = MemoryContextSwitchTo(store->context);
	Size		size = set->count * sizeof(ScoreEntry);

	if (store->file == NULL)
		drs_tempfile_begin(create_file, store);
	if (set->nruns == set->runs_room)
	{
		set->runs_room = Max(4, set->runs_room * 2);
		set->runs = set->runs == NULL ? palloc_array(ScoreRun, set->runs_room) :
			repalloc_huge(set->runs, set->runs_room * sizeof(ScoreRun));
	}
	seek(store, store->file_end);
	BufFileWrite(store->file, set->entries, size);
	set->runs[set->nruns].begin = store->file_end;
	set->runs[set->nruns].count = set->count;
	set->nruns++;
	store->file_end += size;
	set->count = set->nsorted = 0;
	MemoryContextSwitchTo(old);
}

/* Begin to read a run, or the entries in memory as the last one. */
static RunCursor
open_cursor(ScoreReader *reader, int run)
{
	ScoreSet   *set = reader->set;
	RunCursor	cursor = {0};

	if (run == set->nruns)
	{
		cursor.entry = set->entries;
		cursor.end = set->entries + set->count;
		return cursor;
	}
	cursor.buffer = reader->buffers + run * reader->read_ahead;
	cursor.position = set->runs[run].begin;
	cursor.unread = set->runs[run].count;
	read_on(reader, &cursor);
	return cursor;
}

ScoreReader *
drs_score_read(ScoreSet *set)
{
	ScoreReader *reader = palloc0_object(ScoreReader);
	Size		most = (Size) work_mem * 1024 / sizeof(ScoreEntry);
	int			nplaces = set->nruns + 1;

	put_in_order(set);
	reader->set = set;
	reader->read_ahead = Min(Max(most / nplaces, LEAST_READ_AHEAD), MOST_READ_AHEAD);
	reader->cursors = MemoryContextAllocHuge(CurrentMemoryContext, nplaces * sizeof(RunCursor));
	reader->buffers = MemoryContextAllocHuge(CurrentMemoryContext,
											 nplaces * reader->read_ahead * sizeof(ScoreEntry));
	for (int run = 0; run < nplaces; run++)
	{
		RunCursor	cursor = open_cursor(reader, run);

		if (cursor.entry < cursor.end)
			reader->cursors[reader->ncursors++] = cursor;
	}
	for (int place = reader->ncursors / 2 - 1; place >= 0; place--)
		sift_down(reader, place);
	return reader;
}

/* Read the next entries of a run, if there are any. */
static void
read_on(ScoreReader *reader, RunCursor *cursor)
{
	ScoreStore *store = reader->set->store;
	int64		count = Min(cursor->unread, (int64) reader->read_ahead);
	Size		size = count * sizeof(ScoreEntry);

	cursor->entry = cursor->buffer;
	cursor->end = cursor->buffer + count;
	if (count == 0)
		return;
	seek(store, cursor->position);
	BufFileReadExact(store->file, cursor->buffer, size);
	cursor->position += size;
	cursor->unread -= count;
}

/* Restore the order of the heap after the cursor at a place has got a higher key. */
static void
sift_down(ScoreReader *reader, int place)
{
	RunCursor  *cursors = reader->cursors;
	RunCursor	moved = cursors[place];
	int			child;

	while ((child = 2 * place + 1) < reader->ncursors)
	{
		if (child + 1 < reader->ncursors &&
			cursors[child + 1].entry->key < cursors[child].entry->key)
			child++;
		if (cursors[child].entry->key >= moved.entry->key)
			break;
		cursors[place] = cursors[child];
		place = child;
	}
	cursors[place] = moved;
}

/* Take the entry with the lowest key, which must exist. */
static ScoreEntry
take_entry(ScoreReader *reader)
{
	RunCursor  *cursor = &reader->cursors[0];
	ScoreEntry	entry = *cursor->entry++;

	if (cursor->entry == cursor->end)
		read_on(reader, cursor);
	if (cursor->entry == cursor->end)
		*cursor = reader->cursors[--reader->ncursors];
	if (reader->ncursors > 1)
		sift_down(reader, 0);
	return entry;
}

bool
drs_score_next(ScoreReader *reader, ScoreTie *tie)
{
	uint64		key;

	if (reader->ncursors == 0)
		return false;
	if (reader->nties++ % TIES_PER_INTERRUPT == 0)
		CHECK_FOR_INTERRUPTS();
	key = reader->cursors[0].entry->key;
	*tie = (ScoreTie) {.score = drs_score_of_key(key)};
	do
	{
		ScoreEntry	entry = take_entry(reader);

		drs_sum_add(&tie->first, entry.first);
		drs_sum_add(&tie->second, entry.second);
	} while (reader->ncursors > 0 && reader->cursors[0].entry->key == key);
	return true;
}

void
drs_score_read_end(ScoreReader *reader)
{
	pfree(reader->cursors);
	pfree(reader->buffers);
	pfree(reader);
}
