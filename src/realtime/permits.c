/*
 * permits.c
 *		Counts permits in memory that several processes share.
 *
 * A process that finds none notes that it waits and looks once more; one that
 * gives some back counts them first and then wakes whoever waits.  So no
 * wake-up is lost.  A latch set for a process that has ended since wakes
 * another one for nothing, which latches allow.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "port/atomics.h"
#include "storage/latch.h"

#include "realtime/permits.h"

typedef struct Member
{
	pg_atomic_uint64 latch;		/* its address, the same in every process; 0: nobody */
	pg_atomic_uint32 waits;		/* from when it found no permit until it has one */
	pg_atomic_uint32 held;		/* permits; written by the member itself */
} Member;

typedef struct Permits
{
	pg_atomic_uint32 available;
	int			nmembers;
	Member		members[FLEXIBLE_ARRAY_MEMBER];
} Permits;

struct Limiter
{
	Permits    *permits;
	Member	   *self;
};

static void give(Permits *permits, Member *from, uint32 count);

Limiter *
drs_limiter_local(int permits)
{
	void	   *memory = palloc(drs_limiter_size(1));

	drs_limiter_init(memory, permits, 1);
	return drs_limiter_attach(memory, 0);
}

Size
drs_limiter_size(int processes)
{
	return MAXALIGN(offsetof(Permits, members) + sizeof(Member) * processes);
}

void
drs_limiter_init(void *shared, int permits, int processes)
{
	Permits    *all = shared;

	pg_atomic_init_u32(&all->available, permits);
	all->nmembers = processes;
	for (int i = 0; i < processes; i++)
	{
		pg_atomic_init_u64(&all->members[i].latch, 0);
		pg_atomic_init_u32(&all->members[i].waits, 0);
		pg_atomic_init_u32(&all->members[i].held, 0);
	}
}

Limiter *
drs_limiter_attach(void *shared, int number)
{
	Limiter    *limiter = palloc(sizeof(Limiter));

	limiter->permits = shared;
	Assert(number >= 0 && number < limiter->permits->nmembers);
	limiter->self = &limiter->permits->members[number];
	pg_atomic_write_u64(&limiter->self->latch, (uint64) (uintptr_t) MyLatch);
	return limiter;
}

void
drs_limiter_detach(Limiter *limiter)
{
	pg_atomic_write_u64(&limiter->self->latch, 0);
	pg_atomic_write_u32(&limiter->self->waits, 0);
	drs_limiter_give(limiter, drs_limiter_held(limiter));
}

/*
 * Permits that are left to others: who holds some stands back for those who
 * wait and have none, being quicker to take back what it has just given.
 */
static uint32
left_to_others(const Limiter *limiter)
{
	Permits    *permits = limiter->permits;
	uint32		count = 0;

	if (pg_atomic_read_u32(&limiter->self->held) == 0)
		return 0;
	for (int i = 0; i < permits->nmembers; i++)
	{
		Member	   *member = &permits->members[i];

		if (member != limiter->self && pg_atomic_read_u32(&member->waits) && pg_atomic_read_u32(&member->held) == 0)
			count++;
	}
	return count;
}

bool
drs_limiter_take(Limiter *limiter)
{
	uint32		available = pg_atomic_read_u32(&limiter->permits->available);
	uint32		left = left_to_others(limiter);

	while (available > left)
		if (pg_atomic_compare_exchange_u32(&limiter->permits->available, &available, available - 1))
		{
			pg_atomic_fetch_add_u32(&limiter->self->held, 1);
			pg_atomic_write_u32(&limiter->self->waits, 0);
			return true;
		}
	return false;
}

bool
drs_limiter_await(Limiter *limiter)
{
	pg_atomic_write_u32(&limiter->self->waits, 1);
	pg_memory_barrier();		/* whoever gives one back now sees that, or we see the permit */
	return pg_atomic_read_u32(&limiter->permits->available) > left_to_others(limiter);
}

void
drs_limiter_give(Limiter *limiter, int permits)
{
	give(limiter->permits, limiter->self, permits);
}

int
drs_limiter_held(const Limiter *limiter)
{
	return (int) pg_atomic_read_u32(&limiter->self->held);
}

static void
give(Permits *permits, Member *from, uint32 count)
{
	if (count == 0)
		return;
	pg_atomic_fetch_sub_u32(&from->held, count);
	pg_atomic_fetch_add_u32(&permits->available, count);
	for (int i = 0; i < permits->nmembers; i++)
	{
		Member	   *member = &permits->members[i];

		if (pg_atomic_read_u32(&member->waits))
		{
			Latch	   *latch = (Latch *) (uintptr_t) pg_atomic_read_u64(&member->latch);

			if (latch)
				SetLatch(latch);
		}
	}
}
