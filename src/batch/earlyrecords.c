/*
 * earlyrecords.c
 *		Records of a result that came before their turn, by their number.
 *
 * The index has blocks of places, made when they are needed and freed when
 * they are empty.  A place is the address of a record in memory or, with its
 * lowest bit set, a position in the file.
 */
#include "postgres.h"

#include "commands/tablespace.h"
#include "storage/buffile.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/tempfile.h"
#include "batch/earlyrecords.h"

#define BLOCK_PLACES 8192

/* A position: one bit that is set, 31 bits of offset in a segment, 32 bits of its number. */
#define IN_FILE UINT64CONST(1)

typedef struct IndexBlock
{
	int			used;			/* places that are not 0 */
	uint64		places[BLOCK_PLACES];
} IndexBlock;

/* A record, in memory or in the file. */
typedef struct Stored
{
	size_t		len;
	char		bytes[FLEXIBLE_ARRAY_MEMBER];
} Stored;

typedef struct FilePosition
{
	int			segment;
	off_t		offset;
} FilePosition;

struct EarlyRecords
{
	MemoryContext cxt;			/* of this struct and the file */
	MemoryContext records_cxt;	/* of the records in memory and the index */
	IndexBlock **blocks;		/* NULL: empty */
	size_t		nblocks;
	uint64		count;
	size_t		max_memory;		/* bytes for records */
	size_t		memory;			/* in use */
	BufFile    *file;			/* NULL until it is needed */
	uint64		in_file;		/* records there that were not removed */
	FilePosition end;			/* where the next one is written */
	MemoryContextCallback ending;
};

static void
close_file(void *file)
{
	BufFileClose(file);
}

static void
end_file(void *arg)
{
	EarlyRecords *early = arg;

	if (early->file)
		drs_tempfile_end(close_file, early->file);
	early->file = NULL;
}

EarlyRecords *
drs_earlyrecords_create(int max_kbytes)
{
	EarlyRecords *early = palloc0(sizeof(EarlyRecords));

	early->cxt = CurrentMemoryContext;
	early->records_cxt = AllocSetContextCreate(early->cxt, "datarobot_scoring early records",
											   ALLOCSET_DEFAULT_SIZES);
	early->max_memory = (size_t) max_kbytes * 1024;
	early->ending.func = end_file;
	early->ending.arg = early;
	MemoryContextRegisterResetCallback(early->cxt, &early->ending);
	return early;
}

uint64
drs_earlyrecords_count(const EarlyRecords *early)
{
	return early->count;
}

/* Where the index has the place of a number; NULL: there is no such block. */
static uint64 *
find_place(const EarlyRecords *early, uint64 number)
{
	size_t		block = number / BLOCK_PLACES;

	if (block >= early->nblocks || early->blocks[block] == NULL)
		return NULL;
	return &early->blocks[block]->places[number % BLOCK_PLACES];
}

bool
drs_earlyrecords_has(const EarlyRecords *early, uint64 number)
{
	const uint64 *place = find_place(early, number);

	return place && *place != 0;
}

/* Make the array of blocks longer than block. */
static void
enlarge_index(EarlyRecords *early, size_t block)
{
	size_t		nblocks = Max(block + 1, early->nblocks * 2);
	IndexBlock **blocks = MemoryContextAllocExtended(early->records_cxt,
													 nblocks * sizeof(IndexBlock *),
													 MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	if (early->blocks)
	{
		memcpy(blocks, early->blocks, early->nblocks * sizeof(IndexBlock *));
		pfree(early->blocks);
	}
	early->blocks = blocks;
	early->nblocks = nblocks;
}

static void
set_place(EarlyRecords *early, uint64 number, uint64 place)
{
	size_t		block = number / BLOCK_PLACES;

	if (block >= early->nblocks)
		enlarge_index(early, block);
	if (early->blocks[block] == NULL)
		early->blocks[block] = MemoryContextAllocZero(early->records_cxt, sizeof(IndexBlock));
	early->blocks[block]->places[number % BLOCK_PLACES] = place;
	early->blocks[block]->used++;
	early->count++;
}

static void
begin_file(void *arg)
{
	EarlyRecords *early = arg;

	PrepareTempTablespaces();
	early->file = BufFileCreateTemp(true);
}

static void
seek(EarlyRecords *early, FilePosition position)
{
	if (BufFileSeek(early->file, position.segment, position.offset, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not seek in a temporary file")));
}

/* Append the record to the file; returns its place. */
static uint64
store_in_file(EarlyRecords *early, const char *record, size_t len)
{
	uint64		place;

	if (early->file == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(early->cxt);

		drs_tempfile_begin(begin_file, early);
		MemoryContextSwitchTo(old);
	}
	if (early->in_file == 0)
		early->end = (FilePosition) {0, 0};
	seek(early, early->end);
	place = (uint64) early->end.segment << 32 | (uint64) early->end.offset << 1 | IN_FILE;
	BufFileWrite(early->file, &len, sizeof(len));
	BufFileWrite(early->file, unconstify(char *, record), len);
	BufFileTell(early->file, &early->end.segment, &early->end.offset);
	early->in_file++;
	return place;
}

static uint64
store_in_memory(EarlyRecords *early, const char *record, size_t len)
{
	Stored	   *stored = MemoryContextAllocHuge(early->records_cxt,
												offsetof(Stored, bytes) + len);

	stored->len = len;
	memcpy(stored->bytes, record, len);
	early->memory += GetMemoryChunkSpace(stored);
	return (uint64) (uintptr_t) stored;
}

void
drs_earlyrecords_put(EarlyRecords *early, uint64 number, const char *record, size_t len)
{
	if (early->memory + len > early->max_memory)
		set_place(early, number, store_in_file(early, record, len));
	else
		set_place(early, number, store_in_memory(early, record, len));
}

static void
read_file(EarlyRecords *early, void *bytes, size_t len)
{
	if (BufFileRead(early->file, bytes, len) != len)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read from a temporary file")));
}

void
drs_earlyrecords_get(EarlyRecords *early, uint64 number, StringInfo buffer)
{
	uint64		place = *find_place(early, number);

	if (place & IN_FILE)
	{
		size_t		len;

		seek(early, (FilePosition) {place >> 32, (place & PG_UINT32_MAX) >> 1});
		read_file(early, &len, sizeof(len));
		enlargeStringInfo(buffer, len);
		read_file(early, buffer->data + buffer->len, len);
		buffer->len += len;
	}
	else
	{
		const Stored *stored = (const Stored *) (uintptr_t) place;

		appendBinaryStringInfo(buffer, stored->bytes, stored->len);
	}
}

void
drs_earlyrecords_remove(EarlyRecords *early, uint64 number)
{
	size_t		block = number / BLOCK_PLACES;
	uint64	   *place = find_place(early, number);

	if (*place & IN_FILE)
		early->in_file--;
	else
	{
		Stored	   *stored = (Stored *) (uintptr_t) *place;

		early->memory -= GetMemoryChunkSpace(stored);
		pfree(stored);
	}
	*place = 0;
	early->count--;
	if (--early->blocks[block]->used == 0)
	{
		pfree(early->blocks[block]);
		early->blocks[block] = NULL;
	}
}
