/*
 * chunk.c
 *		Builds, copies and cuts request bodies with the data of their rows.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "rows/chunk.h"

static void drop_first(Chunk *chunk, int rows, size_t bytes);

Chunk *
drs_chunk_open(MemoryContext parent, uint64 first_row, int max_rows, size_t max_len,
			   const char *header, size_t header_len, bool keeps)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "datarobot_scoring chunk",
											  ALLOCSET_START_SMALL_SIZES);
	Chunk	   *chunk = MemoryContextAllocZero(cxt, sizeof(Chunk));

	chunk->cxt = cxt;
	chunk->first_row = first_row;
	chunk->max_rows = max_rows;
	chunk->max_len = max_len;
	chunk->body = chunk->room = MemoryContextAlloc(cxt, max_len + DRS_CHUNK_SLACK);
	chunk->starts = MemoryContextAlloc(cxt, sizeof(uint32) * max_rows);
	if (keeps)
		chunk->kept = MemoryContextAlloc(cxt, sizeof(MinimalTuple) * max_rows);

	Assert(header_len <= max_len);
	memcpy(chunk->body, header, header_len);
	chunk->len = chunk->header_len = header_len;
	return chunk;
}

void
drs_chunk_add_record(Chunk *chunk, size_t len, MinimalTuple kept)
{
	Assert(chunk->nrows < chunk->max_rows && len <= chunk->max_len);
	chunk->starts[chunk->nrows] = chunk->len;
	if (chunk->kept)
	{
		MemoryContext old = MemoryContextSwitchTo(chunk->cxt);

		chunk->kept[chunk->nrows] = drs_copy_minimal_tuple(kept);
		MemoryContextSwitchTo(old);
	}
	chunk->nrows++;
	chunk->len = len;
}

/* The array grows by doubling: it is full when the count is a power of two. */
void
drs_chunk_add_empty(Chunk *chunk, uint64 row, int column)
{
	int			count = chunk->nempties;

	if (count == 0)
		chunk->empties = MemoryContextAlloc(chunk->cxt, sizeof(EmptyText));
	else if ((count & (count - 1)) == 0)
		chunk->empties = repalloc_huge(chunk->empties, sizeof(EmptyText) * count * 2);
	chunk->empties[chunk->nempties++] = (EmptyText) {row, column};
}

/* The array grows in the same way. */
void
drs_chunk_add_series(Chunk *chunk, const SeriesName *name)
{
	int			count = chunk->nseries;

	if (count == 0)
		chunk->series = MemoryContextAlloc(chunk->cxt, sizeof(SeriesName));
	else if ((count & (count - 1)) == 0)
		chunk->series = repalloc_huge(chunk->series, sizeof(SeriesName) * count * 2);
	chunk->series[chunk->nseries++] = *name;
}

static int
compare_empties(const void *a, const void *b)
{
	const EmptyText *x = a;
	const EmptyText *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return x->column - y->column;
}

bool
drs_chunk_is_empty(const Chunk *chunk, uint64 row, int column)
{
	EmptyText	sought = {row, column};

	return bsearch(&sought, chunk->empties, chunk->nempties, sizeof(EmptyText), compare_empties) !=
		NULL;
}

void
drs_chunk_mark_series(Chunk *chunk)
{
	chunk->begins = MemoryContextAllocZero(chunk->cxt, sizeof(bool) * chunk->max_rows);
}

int
drs_chunk_middle(const Chunk *chunk, int rows)
{
	int			middle = rows / 2;

	if (chunk->begins == NULL)
		return middle;
	for (int off = 0; off <= middle; off++)
	{
		if (middle - off > 0 && chunk->begins[middle - off])
			return middle - off;
		if (middle + off < rows && middle + off > 0 && chunk->begins[middle + off])
			return middle + off;
	}
	return 0;
}

/* A new chunk under parent with the first rows of this one. */
static Chunk *
copy_first(const Chunk *chunk, int rows, MemoryContext parent, int max_rows, size_t max_len)
{
	Chunk	   *copy = drs_chunk_open(parent, chunk->first_row, max_rows, max_len, chunk->body,
									  chunk->header_len, chunk->kept != NULL);
	size_t		len = drs_chunk_length(chunk, rows);

	copy->is_json = chunk->is_json;
	for (int i = 0; i < chunk->nempties && chunk->empties[i].row < chunk->first_row + rows; i++)
		drs_chunk_add_empty(copy, chunk->empties[i].row, chunk->empties[i].column);
	for (int i = 0; i < chunk->nseries; i++)
		drs_chunk_add_series(copy, &chunk->series[i]);
	if (chunk->begins)
	{
		drs_chunk_mark_series(copy);
		memcpy(copy->begins, chunk->begins, sizeof(bool) * rows);
	}
	memcpy(copy->body + copy->header_len, chunk->body + chunk->header_len,
		   len - chunk->header_len);
	for (int i = 0; i < rows; i++)
		drs_chunk_add_record(copy, drs_chunk_length(chunk, i + 1),
							 chunk->kept ? chunk->kept[i] : NULL);
	return copy;
}

Chunk *
drs_chunk_copy(const Chunk *chunk, int rows, MemoryContext parent)
{
	return copy_first(chunk, rows, parent, rows, drs_chunk_length(chunk, rows));
}

Chunk *
drs_chunk_enlarge(Chunk *chunk, MemoryContext parent, int max_rows, size_t max_len)
{
	Chunk	   *larger = copy_first(chunk, chunk->nrows, parent, max_rows, max_len);

	drs_chunk_close(chunk);
	return larger;
}

Chunk *
drs_chunk_cut(Chunk *chunk, int rows, MemoryContext parent)
{
	size_t		cut = drs_chunk_length(chunk, rows);
	Chunk	   *first;

	Assert(rows > 0 && rows < chunk->nrows);
	first = copy_first(chunk, rows, parent, rows, cut);
	for (int i = 0; chunk->kept && i < rows; i++)
		pfree(chunk->kept[i]);
	drop_first(chunk, rows, cut - chunk->header_len);
	return first;
}

/*
 * Drop the first rows, which take that many bytes: the header moves to just
 * before the other rows.
 */
static void
drop_first(Chunk *chunk, int rows, size_t bytes)
{
	memmove(chunk->body + bytes, chunk->body, chunk->header_len);
	chunk->body += bytes;
	chunk->len -= bytes;
	chunk->max_len -= bytes;
	chunk->first_row += rows;
	while (chunk->nempties > 0 && chunk->empties[0].row < chunk->first_row)
	{
		chunk->empties++;
		chunk->nempties--;
	}
	chunk->nrows -= rows;
	chunk->max_rows -= rows;
	for (int i = 0; i < chunk->nrows; i++)
		chunk->starts[i] = chunk->starts[i + rows] - bytes;
	if (chunk->kept)
		memmove(chunk->kept, chunk->kept + rows, sizeof(MinimalTuple) * chunk->nrows);
	if (chunk->begins)
		memmove(chunk->begins, chunk->begins + rows, sizeof(bool) * chunk->nrows);
}

size_t
drs_chunk_length(const Chunk *chunk, int rows)
{
	return rows < chunk->nrows ? chunk->starts[rows] : chunk->len;
}

size_t
drs_chunk_seal(Chunk *chunk, int rows)
{
	size_t		len = drs_chunk_length(chunk, rows);

	if (chunk->is_json)
		chunk->body[len - 1] = ']';
	return len;
}

void
drs_chunk_unseal(Chunk *chunk, int rows)
{
	if (chunk->is_json)
		chunk->body[drs_chunk_length(chunk, rows) - 1] = ',';
}

const char *
drs_chunk_record(const Chunk *chunk, int row, size_t *len)
{
	size_t		end;

	if (chunk->body == NULL)
		return NULL;
	end = drs_chunk_length(chunk, row + 1);
	if (end == chunk->starts[row])
		return NULL;
	*len = end - chunk->starts[row] - 1;
	return chunk->body + chunk->starts[row];
}

void
drs_chunk_drop_body(Chunk *chunk)
{
	pfree(chunk->room);
	pfree(chunk->starts);
	chunk->body = chunk->room = NULL;
	chunk->starts = NULL;
}

void
drs_chunk_close(Chunk *chunk)
{
	MemoryContextDelete(chunk->cxt);
}
