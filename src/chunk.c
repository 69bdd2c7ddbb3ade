/*
 * chunk.c
 *		Holds a bounded run of records.  PostgreSQL licence.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "utils/memutils.h"

#include "chunk.h"
#include "compat.h"

Chunk *
drs_chunk_open(MemoryContext parent, uint64 first_row, int max_rows, size_t max_len,
			   const char *header, size_t header_len, bool keeps)
{
	MemoryContext cxt = AllocSetContextCreate(parent, "datarobot_scoring chunk", ALLOCSET_DEFAULT_SIZES);
	Chunk	   *chunk = MemoryContextAllocZero(cxt, sizeof(Chunk));

	chunk->cxt = cxt;
	chunk->first_row = first_row;
	chunk->max_rows = max_rows;
	chunk->max_len = max_len;
	chunk->body = MemoryContextAlloc(cxt, max_len + DRS_CHUNK_SLACK);
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

Chunk *
drs_chunk_split(Chunk *chunk, MemoryContext parent)
{
	int			stay = chunk->nrows / 2;
	int			move = chunk->nrows - stay;
	size_t		cut = chunk->starts[stay];
	Chunk	   *second;

	Assert(chunk->nrows >= 2);
	second = drs_chunk_open(parent, chunk->first_row + stay, move,
							chunk->header_len + (chunk->len - cut),
							chunk->body, chunk->header_len, chunk->kept != NULL);
	memcpy(second->body + second->header_len, chunk->body + cut, chunk->len - cut);
	for (int i = 0; i < move; i++)
		drs_chunk_add_record(second,
							 second->header_len +
							 ((i + 1 < move ? chunk->starts[stay + i + 1] : chunk->len) - cut),
							 chunk->kept ? chunk->kept[stay + i] : NULL);
	chunk->nrows = stay;
	chunk->len = cut;
	return second;
}

void
drs_chunk_drop_body(Chunk *chunk)
{
	pfree(chunk->body);
	pfree(chunk->starts);
	if (chunk->packed)
		pfree(chunk->packed);
	chunk->body = chunk->packed = NULL;
	chunk->starts = NULL;
}

void
drs_chunk_close(Chunk *chunk)
{
	MemoryContextDelete(chunk->cxt);
}
