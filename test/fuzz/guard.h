/*
 * guard.h
 *		Makes AddressSanitizer check the bounds of palloc'd memory.
 *
 * Included before every fuzzed source file: each allocation is followed by a
 * few poisoned bytes. (PostgreSQL allocates parts of larger blocks, whose
 * bounds the sanitizer does not know.)
 */
#ifndef DRS_FUZZ_GUARD_H
#define DRS_FUZZ_GUARD_H

#include "postgres.h"

#include "utils/memutils.h"

/* The replacements of palloc() and its relatives; they allocate and raise like these. */
extern void *drs_guard_alloc(MemoryContext cxt, size_t size, int flags);
extern void *drs_guard_realloc(void *pointer, size_t size);
extern char *drs_guard_strndup(const char *text, size_t len);
extern void drs_guard_free(void *pointer);

/* Unpoison the ends of what is in cxt and its children; NULL: everything. */
extern void drs_guard_forget(MemoryContext cxt);

#ifndef DRS_GUARD_IMPLEMENTATION

#define palloc(size) drs_guard_alloc(CurrentMemoryContext, (size), 0)
#define palloc0(size) drs_guard_alloc(CurrentMemoryContext, (size), MCXT_ALLOC_ZERO)
#define palloc_extended(size, flags) drs_guard_alloc(CurrentMemoryContext, (size), (flags))
#define MemoryContextAlloc(cxt, size) drs_guard_alloc((cxt), (size), 0)
#define MemoryContextAllocZero(cxt, size) drs_guard_alloc((cxt), (size), MCXT_ALLOC_ZERO)
#define MemoryContextAllocExtended(cxt, size, flags) drs_guard_alloc((cxt), (size), (flags))
#define pstrdup(text) drs_guard_strndup((text), SIZE_MAX)
#define pnstrdup(text, len) drs_guard_strndup((text), (len))
#define repalloc(pointer, size) drs_guard_realloc((pointer), (size))
#define repalloc_huge(pointer, size) drs_guard_realloc((pointer), (size))
#define pfree(pointer) drs_guard_free(pointer)

#undef MemoryContextReset
#define MemoryContextReset(cxt) (drs_guard_forget(cxt), (MemoryContextReset) (cxt))
#define MemoryContextDelete(cxt) (drs_guard_forget(cxt), (MemoryContextDelete) (cxt))

#endif
#endif							/* DRS_FUZZ_GUARD_H */
