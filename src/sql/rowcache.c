/*
 * rowcache.c
 *		Predictions of single rows, kept until the client's statement ends.
 *
 * They are also forgotten at the end of the transaction, whose memory they are
 * in, and when something changes that a prediction depends on beside the key:
 * a server, a user mapping, the columns of a relation.
 */
#include "postgres.h"

#include "access/xact.h"
#include "common/hashfn.h"
#include "utils/datum.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "sql/rowcache.h"

/* All together, keys included; one row and its prediction have at most a part of it. */
#define MAX_BYTES (4 * 1024 * 1024)
#define MAX_ENTRY_BYTES (MAX_BYTES / 8)

typedef struct Kept
{
	uint64		hash;			/* of the key; of two with the same, the later one is kept */
	Size		len;
	void	   *key;
	Datum		value;
	bool		isnull;
} Kept;

static HTAB *kept = NULL;		/* NULL: nothing */
static MemoryContext kept_cxt;	/* its memory, while there is something */
static TimestampTz kept_for;	/* when the statement came */
static bool is_stale;			/* something has changed since */

static void
note_reset(void *arg)
{
	kept = NULL;
}

static void
note_server_change(Datum arg, int cache, uint32 hash)
{
	is_stale = true;
}

static void
note_relation_change(Datum arg, Oid relation)
{
	is_stale = true;
}

static void
watch_changes(void)
{
	static bool is_watching = false;

	if (is_watching)
		return;
	is_watching = true;
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, note_server_change, (Datum) 0);
	CacheRegisterSyscacheCallback(USERMAPPINGOID, note_server_change, (Datum) 0);
	CacheRegisterRelcacheCallback(note_relation_change, (Datum) 0);
}

/* Begin with nothing. */
static void
start(void)
{
	HASHCTL		control = {.keysize = sizeof(uint64), .entrysize = sizeof(Kept)};
	MemoryContextCallback *callback;

	watch_changes();
	if (kept)
		MemoryContextDelete(kept_cxt);
	kept_cxt = AllocSetContextCreate(TopTransactionContext, "datarobot_scoring rows",
									 ALLOCSET_DEFAULT_SIZES);
	control.hcxt = kept_cxt;
	callback = MemoryContextAllocZero(kept_cxt, sizeof(MemoryContextCallback));
	callback->func = note_reset;
	MemoryContextRegisterResetCallback(kept_cxt, callback);
	kept_for = GetCurrentStatementStartTimestamp();
	is_stale = false;
	kept = hash_create("datarobot_scoring rows", 128, &control,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static bool
is_usable(void)
{
	return kept && !is_stale && kept_for == GetCurrentStatementStartTimestamp();
}

bool
drs_rowcache_find(const void *key, Size len, Datum *value, bool *isnull)
{
	uint64		hash = hash_bytes_extended(key, (int) len, 0);
	const Kept *found = is_usable() ? hash_search(kept, &hash, HASH_FIND, NULL) : NULL;

	if (found == NULL || found->len != len || memcmp(found->key, key, len) != 0)
		return false;
	*value = found->value;
	*isnull = found->isnull;
	return true;
}

void
drs_rowcache_keep(const void *key, Size len, Datum value, bool isnull, bool typbyval,
				  int16 typlen)
{
	uint64		hash = hash_bytes_extended(key, (int) len, 0);
	Size		bytes = len + (isnull || typbyval ? 0 : datumGetSize(value, false, typlen));
	MemoryContext old;
	Kept	   *entry;
	Kept		made = {.hash = hash, .len = len, .isnull = isnull};

	if (bytes > MAX_ENTRY_BYTES)
		return;
	if (!is_usable() || MemoryContextMemAllocated(kept_cxt, true) + bytes > MAX_BYTES)
		start();
	old = MemoryContextSwitchTo(kept_cxt);
	made.key = memcpy(palloc(len), key, len);
	made.value = isnull ? (Datum) 0 : datumCopy(value, typbyval, typlen);
	MemoryContextSwitchTo(old);
	entry = hash_search(kept, &hash, HASH_ENTER, NULL);
	*entry = made;
}
