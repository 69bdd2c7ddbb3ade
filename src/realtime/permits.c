/*
 * permits.c
 *		Counts permits in memory that several processes share.
 *
 * A process that finds none notes that it waits and looks once more; one that
 * gives some back counts them first and then wakes those that wait.  So no
 * wake-up is lost.  When a process has ended meanwhile, its latch may wake
 * another process without need, which latches allow.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/latch.h"

#include "realtime/permits.h"

typedef struct PermitSlot
{
	pg_atomic_uint64 latch;		/* its address, the same in every process; 0: not attached */
	pg_atomic_uint32 waits;		/* set when it found no permit, until it takes one */
	pg_atomic_uint32 held;		/* permits; written only by the process itself */
} PermitSlot;

typedef struct PermitPool
{
	pg_atomic_uint32 available;
	int			nmembers;
	PermitSlot	members[FLEXIBLE_ARRAY_MEMBER];
} PermitPool;

struct PermitHolder
{
	PermitPool *permits;
	PermitSlot	   *self;
};

static void give(PermitPool *permits, PermitSlot *from, uint32 count);

PermitHolder *
drs_permits_local(int permits)
{
	void	   *memory = palloc(drs_permits_size(1));

	drs_permits_init(memory, permits, 1);
	return drs_permits_attach(memory, 0);
}

Size
drs_permits_size(int processes)
{
	return MAXALIGN(offsetof(PermitPool, members) + sizeof(PermitSlot) * processes);
}

void
drs_permits_init(void *shared, int permits, int processes)
{
	PermitPool *all = shared;

	pg_atomic_init_u32(&all->available, permits);
	all->nmembers = processes;
	for (int i = 0; i < processes; i++)
	{
		pg_atomic_init_u64(&all->members[i].latch, 0);
		pg_atomic_init_u32(&all->members[i].waits, 0);
		pg_atomic_init_u32(&all->members[i].held, 0);
	}
}

PermitHolder *
drs_permits_attach(void *shared, int number)
{
	PermitHolder    *permit_holder = palloc(sizeof(PermitHolder));

	permit_holder->permits = shared;
	Assert(number >= 0 && number < permit_holder->permits->nmembers);
	permit_holder->self = &permit_holder->permits->members[number];
	pg_atomic_write_u64(&permit_holder->self->latch, (uint64) (uintptr_t) MyLatch);
	return permit_holder;
}

void
drs_permits_detach(PermitHolder *permit_holder)
{
	pg_atomic_write_u64(&permit_holder->self->latch, 0);
	pg_atomic_write_u32(&permit_holder->self->waits, 0);
	drs_permits_give(permit_holder, (int) pg_atomic_read_u32(&permit_holder->self->held));
}

/*
 * The number of permits to leave to others.  A process that has some yields
 * to those that wait and have none, since it would be quicker to take back a
 * permit that it has just given back.
 */
static uint32
left_to_others(const PermitHolder *permit_holder)
{
	PermitPool *permits = permit_holder->permits;
	uint32		count = 0;

	if (pg_atomic_read_u32(&permit_holder->self->held) == 0)
		return 0;
	for (int i = 0; i < permits->nmembers; i++)
	{
		PermitSlot	   *member = &permits->members[i];

		if (member != permit_holder->self && pg_atomic_read_u32(&member->waits) &&
			pg_atomic_read_u32(&member->held) == 0)
			count++;
	}
	return count;
}

bool
drs_permits_take(PermitHolder *permit_holder)
{
	uint32		available = pg_atomic_read_u32(&permit_holder->permits->available);
	uint32		left = left_to_others(permit_holder);

	while (available > left)
		if (pg_atomic_compare_exchange_u32(&permit_holder->permits->available, &available,
										   available - 1))
		{
			pg_atomic_fetch_add_u32(&permit_holder->self->held, 1);
			pg_atomic_write_u32(&permit_holder->self->waits, 0);
			return true;
		}
	return false;
}

bool
drs_permits_await(PermitHolder *permit_holder)
{
	pg_atomic_write_u32(&permit_holder->self->waits, 1);
	/* either a process that gives one back sees this, or we see the permit */
	pg_memory_barrier();
	return pg_atomic_read_u32(&permit_holder->permits->available) > left_to_others(permit_holder);
}

void
drs_permits_give(PermitHolder *permit_holder, int permits)
{
	give(permit_holder->permits, permit_holder->self, permits);
}

static void
give(PermitPool *permits, PermitSlot *from, uint32 count)
{
	if (count == 0)
		return;
	pg_atomic_fetch_sub_u32(&from->held, count);
	pg_atomic_fetch_add_u32(&permits->available, count);
	for (int i = 0; i < permits->nmembers; i++)
	{
		PermitSlot	   *member = &permits->members[i];

		if (pg_atomic_read_u32(&member->waits))
		{
			Latch	   *latch = (Latch *) (uintptr_t) pg_atomic_read_u64(&member->latch);

			if (latch)
				SetLatch(latch);
		}
	}
}
