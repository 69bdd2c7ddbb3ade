/*
 * guard.c
 *		Poisons bytes after each palloc'd allocation.
 *
 * It keeps a list of them, because memory must be unpoisoned before it is
 * returned to PostgreSQL's allocator.
 */
#define DRS_GUARD_IMPLEMENTATION
#include "guard.h"

#include <sanitizer/asan_interface.h>

#define GUARD_BYTES 16
#define MAX_GUARDS 100000		/* further allocations are not guarded */

typedef struct Guard
{
	char	   *pointer;
	size_t		size;
	MemoryContext cxt;
} Guard;

static Guard guards[MAX_GUARDS];
static int	nguards = 0;

static void
guard(char *pointer, size_t size, MemoryContext cxt)
{
	if (nguards == MAX_GUARDS)
		return;
	guards[nguards++] = (Guard) {pointer, size, cxt};
	ASAN_POISON_MEMORY_REGION(pointer + size, GUARD_BYTES);
}

void *
drs_guard_alloc(MemoryContext cxt, size_t size, int flags)
{
	char	   *pointer = MemoryContextAllocExtended(cxt, size + GUARD_BYTES, flags);

	if (pointer != NULL)
		guard(pointer, size, cxt);
	return pointer;
}

char *
drs_guard_strndup(const char *text, size_t len)
{
	size_t		found = strnlen(text, len);
	char	   *copy = drs_guard_alloc(CurrentMemoryContext, found + 1, 0);

	memcpy(copy, text, found);
	copy[found] = '\0';
	return copy;
}

static void
unguard(int i)
{
	ASAN_UNPOISON_MEMORY_REGION(guards[i].pointer + guards[i].size, GUARD_BYTES);
	guards[i] = guards[--nguards];
}

static void
unguard_pointer(const void *pointer)
{
	for (int i = nguards - 1; i >= 0; i--)
		if (guards[i].pointer == pointer)
		{
			unguard(i);
			return;
		}
}

void *
drs_guard_realloc(void *pointer, size_t size)
{
	char	   *moved;

	unguard_pointer(pointer);
	moved = repalloc_huge(pointer, size + GUARD_BYTES);
	guard(moved, size, GetMemoryChunkContext(moved));
	return moved;
}

void
drs_guard_free(void *pointer)
{
	unguard_pointer(pointer);
	pfree(pointer);
}

static bool
is_below(MemoryContext cxt, MemoryContext top)
{
	while (cxt != NULL && cxt != top)
		cxt = cxt->parent;
	return cxt == top;
}

void
drs_guard_forget(MemoryContext cxt)
{
	for (int i = nguards - 1; i >= 0; i--)
		if (cxt == NULL || is_below(guards[i].cxt, cxt))
			unguard(i);
}
