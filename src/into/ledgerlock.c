/*
 * ledgerlock.c
 *		Locks on runs, their parts and the calls that make them.
 *
 * They are locks on objects, which no SQL function takes or releases: advisory locks
 * could be released by a trigger.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "into/ledgerlock.h"
#include "into/ledgersql.h"

typedef struct HeldLock
{
	dlist_node	node;
	LOCKTAG		tag;
	LOCKMODE	mode;
	MemoryContextCallback callback;
} HeldLock;

static dlist_head held_locks = DLIST_STATIC_INIT(held_locks);

/* The lock may be gone already: see drs_ledger_keep_locks(). */
static void
release_lock(void *arg)
{
	HeldLock   *held = arg;

	dlist_delete(&held->node);
	if (drs_lock_held(&held->tag, held->mode))
		(void) LockRelease(&held->tag, held->mode, true);
}

/*
 * Another process that holds a lock; 0 if none does any more.  Without SQL, which could
 * leave a snapshot.
 */
static int
find_holder(const LOCKTAG *tag)
{
	const LockData *locks = GetLockStatusData();

	for (int i = 0; i < locks->nelements; i++)
	{
		const LockInstanceData *lock = &locks->locks[i];

		if (lock->holdMask != 0 && lock->pid != MyProcPid &&
			memcmp(&lock->locktag, tag, sizeof(LOCKTAG)) == 0)
			return lock->pid;
	}
	return 0;
}

/* Take a lock for the session; cxt releases it. */
static bool
take_lock(const LOCKTAG *tag, LOCKMODE mode, bool wait, MemoryContext cxt)
{
	HeldLock   *held = MemoryContextAllocZero(cxt, sizeof(HeldLock));

	if (LockAcquire(tag, mode, true, !wait) == LOCKACQUIRE_NOT_AVAIL)
		return false;
	held->tag = *tag;
	held->mode = mode;
	held->callback.func = release_lock;
	held->callback.arg = held;
	dlist_push_tail(&held_locks, &held->node);
	MemoryContextRegisterResetCallback(cxt, &held->callback);
	return true;
}

bool
drs_ledger_keep_locks(void)
{
	dlist_iter	it;
	bool		kept = true;

	dlist_foreach(it, &held_locks)
	{
		const HeldLock *held = dlist_container(HeldLock, node, it.cur);
		bool		of_call = held->tag.locktag_field4 == LOCK_CALL ||
			held->tag.locktag_field4 == LOCK_PROCESS;

		/*
		 * another process takes the lock of a call or process for a moment only; the
		 * next step asks for it again
		 */
		if (!drs_lock_held(&held->tag, held->mode) &&
			LockAcquire(&held->tag, held->mode, true, true) == LOCKACQUIRE_NOT_AVAIL && !of_call)
			kept = false;
	}
	return kept;
}

bool
drs_ledger_lock(int64 run_id, MemoryContext cxt, int *holder)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, drs_ledger_table(), (uint32) run_id, LOCK_RUN);
	if (take_lock(&tag, ExclusiveLock, false, cxt))
		return true;
	*holder = find_holder(&tag);
	return false;
}

bool
drs_ledger_lock_part(int64 run_id, int part, MemoryContext cxt)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, drs_ledger_table(), (uint32) run_id, LOCK_PART + part);
	return take_lock(&tag, ExclusiveLock, false, cxt);
}

static void
make_process_tag(LOCKTAG *tag, int pid)
{
	SET_LOCKTAG_OBJECT(*tag, MyDatabaseId, drs_ledger_table(), pid, LOCK_PROCESS);
}

/*
 * Wait until a process has ended the call that it makes now, for which it holds a
 * lock of its own.
 */
static void
await_process(int pid)
{
	LOCKTAG		tag;

	make_process_tag(&tag, pid);
	/* looking into the catalog may have left a snapshot, which would last as long as the wait */
	InvalidateCatalogSnapshotConditionally();
	(void) LockAcquire(&tag, ShareLock, true, false);
	(void) LockRelease(&tag, ShareLock, true);
	CHECK_FOR_INTERRUPTS();
}

/*
 * Each process holds the lock of a call in a mode that others may hold, too.  To be
 * alone, one asks for a stronger mode for a moment, and never in a queue, since
 * whoever comes next would have to queue as well.  The role is a field of its own:
 * calls of two roles never share a lock, whatever their hashes.
 */
bool
drs_ledger_lock_call(const LedgerRun *run, bool alone, bool wait, MemoryContext cxt, int *holder)
{
	LOCKTAG		tag;
	LOCKTAG		process;
	char	   *call = psprintf("%s\n%s\n%s\n%s", run->deployment, run->target,
								run->statement_type, run->query);

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, GetUserId(),
					   hash_bytes((const unsigned char *) call, (int) strlen(call)), LOCK_CALL);
	while (alone && LockAcquire(&tag, ExclusiveLock, true, true) == LOCKACQUIRE_NOT_AVAIL)
	{
		*holder = find_holder(&tag);
		if (!wait)
			return false;
		CHECK_FOR_INTERRUPTS();
		if (*holder != 0)
			await_process(*holder);
	}
	make_process_tag(&process, MyProcPid);
	(void) take_lock(&process, ExclusiveLock, true, cxt);
	(void) take_lock(&tag, RowShareLock, true, cxt);	/* the stronger mode is kept for
														 * a moment only */
	if (alone)
		(void) LockRelease(&tag, ExclusiveLock, true);
	return true;
}
