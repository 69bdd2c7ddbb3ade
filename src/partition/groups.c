/*
 * groups.c
 *		Assigns whole groups of rows to sets whose sizes are given, such as all
 *		rows of a customer to one fold.
 *
 * Units are assigned from the largest to the smallest.  What a set still lacks
 * is its deficit.  A unit goes to one of the sets whose deficit is at least its
 * rows, drawn with the deficits as weights.  If there is none, it goes to the
 * set with the largest deficit, and what is too much there is taken off the
 * deficits of the others.  So the deficits are always the rows left, and none
 * is negative.  A set has too many rows only by part of one unit, and too few
 * only by its deficit when a unit was first larger than all deficits: by less
 * than a unit in both cases.
 *
 * All numbers are integers, since floating point may differ between machines.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "partition/groups.h"
#include "partition/shares.h"
#include "partition/stablemix.h"

#define MAX_UNITS (1 << 19)
#define FIRST_SLOTS 64

/*
 * Hashes wait for so many others, while their slots are brought into the
 * processor's cache: most are not there, when groups are many.
 */
#define MAX_WAITING 16

/* A slot of the hash table. */
typedef struct Unit
{
	uint64		prefix;			/* the hash without its last bits */
	int64		rows;			/* 0: the slot is empty; once assigned, the set + 1 */
} Unit;

struct Groups
{
	Unit	   *slots;
	int			nslots;			/* a power of two, at least twice nunits */
	int			nunits;
	int			shift;			/* bits of a hash that a prefix has not */
	int64		nrows;
	uint64		waiting[MAX_WAITING];	/* hashes of rows that are not in slots yet */
	int			nwaiting;
};

/* The sets while units are assigned. */
typedef struct Deficits
{
	int			nsets;
	int			nempty;			/* sets of which something is wanted and that have nothing */
	int64		lacking[MAX_SETS];
	bool		empty[MAX_SETS];
} Deficits;

/* What sorting units needs. */
typedef struct UnitOrder
{
	const Unit *slots;
	uint64		seed;
} UnitOrder;

static void
make_slots(Groups *groups, int nslots)
{
	groups->nslots = nslots;
	groups->slots = palloc0(sizeof(Unit) * nslots);
}

Groups *
drs_groups_create(void)
{
	Groups	   *groups = palloc0(sizeof(Groups));

	make_slots(groups, FIRST_SLOTS);
	return groups;
}

/* Where to look for a prefix first. */
static uint32
first_slot(const Groups *groups, uint64 prefix)
{
	return drs_stablemix(prefix) & (groups->nslots - 1);
}

/* The slot of a prefix: its own, or an empty one. */
static Unit *
find_slot(const Groups *groups, uint64 prefix)
{
	uint32		mask = groups->nslots - 1;
	uint32		at = first_slot(groups, prefix);

	while (groups->slots[at].rows != 0 && groups->slots[at].prefix != prefix)
		at = (at + 1) & mask;
	return &groups->slots[at];
}

static void
add_rows(Groups *groups, uint64 prefix, int64 rows)
{
	Unit	   *slot = find_slot(groups, prefix);

	if (slot->rows == 0)
	{
		slot->prefix = prefix;
		groups->nunits++;
	}
	slot->rows += rows;
}

/* Make a table of that many slots from the units, without more bits of their prefixes. */
static void
rebuild(Groups *groups, int nslots, int bits)
{
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(groups));
	Unit	   *units = groups->slots;
	int			noldslots = groups->nslots;

	make_slots(groups, nslots);
	MemoryContextSwitchTo(old);
	groups->nunits = 0;
	groups->shift += bits;
	for (int i = 0; i < noldslots; i++)
		if (units[i].rows != 0)
			add_rows(groups, units[i].prefix >> bits, units[i].rows);
	pfree(units);
}

/*
 * There is one unit too many.  The number of units at a shift depends on the
 * hashes only, so the shift at the end does not depend on their order.
 */
static void
make_room(Groups *groups)
{
	if (groups->nunits <= MAX_UNITS)
		rebuild(groups, groups->nslots * 2, 0);
	while (groups->nunits > MAX_UNITS)
	{
		CHECK_FOR_INTERRUPTS();
		rebuild(groups, groups->nslots, 1);
	}
}

static void
count_waiting(Groups *groups)
{
	for (int i = 0; i < groups->nwaiting; i++)
	{
		add_rows(groups, groups->waiting[i] >> groups->shift, 1);
		if (groups->nunits > Min(groups->nslots / 2, MAX_UNITS))
			make_room(groups);
	}
	groups->nwaiting = 0;
}

void
drs_groups_count(Groups *groups, uint64 hash)
{
	__builtin_prefetch(&groups->slots[first_slot(groups, hash >> groups->shift)]);
	groups->waiting[groups->nwaiting++] = hash;
	groups->nrows++;
	if (groups->nwaiting == MAX_WAITING)
		count_waiting(groups);
}

int
drs_groups_number(Groups *groups)
{
	count_waiting(groups);
	return groups->nunits;
}

int64
drs_groups_rows(const Groups *groups)
{
	return groups->nrows;
}

/* Larger units first; those of the same size in an order that depends on the seed. */
static int
compare_units(const void *a, const void *b, void *arg)
{
	const UnitOrder *order = arg;
	const Unit *left = &order->slots[*(const uint32 *) a];
	const Unit *right = &order->slots[*(const uint32 *) b];
	uint64		left_mix;
	uint64		right_mix;

	CHECK_FOR_INTERRUPTS();		/* there can be half a million units */
	if (left->rows != right->rows)
		return left->rows > right->rows ? -1 : 1;
	left_mix = drs_stablemix_nth(left->prefix, order->seed);
	right_mix = drs_stablemix_nth(right->prefix, order->seed);
	return left_mix < right_mix ? -1 : left_mix > right_mix;
}

/* The numbers of the units' slots, in the order in which they are assigned; palloc'd. */
static uint32 *
sort_units(const Groups *groups, uint64 seed)
{
	UnitOrder	order = {groups->slots, seed};
	uint32	   *sorted = palloc(sizeof(uint32) * Max(groups->nunits, 1));
	int			nsorted = 0;

	for (int i = 0; i < groups->nslots; i++)
		if (groups->slots[i].rows != 0)
			sorted[nsorted++] = i;
	qsort_arg(sorted, nsorted, sizeof(uint32), compare_units, &order);
	return sorted;
}

/*
 * Draw a set that lacks at least so many rows, with what sets lack as their
 * weights; -1 when there is none.
 */
static int
draw_set(const Deficits *deficits, int64 rows, bool empty_only, uint64 random)
{
	int64		weights[MAX_SETS];
	int64		total = 0;
	int64		place;
	int			set = 0;

	for (int i = 0; i < deficits->nsets; i++)
	{
		bool		fits = deficits->lacking[i] >= rows && (deficits->empty[i] || !empty_only);

		weights[i] = fits ? deficits->lacking[i] : 0;
		total += weights[i];
	}
	if (total == 0)
		return -1;
	place = drs_stablemix_below(random, total);
	while (place >= weights[set])
		place -= weights[set++];
	return set;
}

/* The first of the sets that lack most. */
static int
set_lacking_most(const Deficits *deficits, bool empty_only)
{
	int			most = -1;

	for (int i = 0; i < deficits->nsets; i++)
		if ((deficits->empty[i] || !empty_only) &&
			(most < 0 || deficits->lacking[i] > deficits->lacking[most]))
			most = i;
	return most;
}

/* Take rows off the deficits, from each its part of them. */
static void
spread_excess(Deficits *deficits, int64 excess)
{
	int64		total = 0;
	int64		before = 0;
	int64		taken = 0;

	for (int i = 0; i < deficits->nsets; i++)
		total += deficits->lacking[i];
	for (int i = 0; i < deficits->nsets && total > 0; i++)
	{
		int64		due;

		before += deficits->lacking[i];
		due = excess * before / total;	/* each below 2^31 */
		deficits->lacking[i] -= due - taken;
		taken = due;
	}
}

static void
put_unit(Deficits *deficits, int set, int64 rows)
{
	int64		excess = rows - deficits->lacking[set];

	deficits->nempty -= deficits->empty[set];
	deficits->empty[set] = false;
	deficits->lacking[set] = Max(-excess, 0);
	if (excess > 0)
		spread_excess(deficits, excess);
}

/* Choose the set of a unit.  With empty_only, one that is still empty. */
static int
choose_set(Deficits *deficits, const Unit *unit, bool empty_only, uint64 seed)
{
	int			set = draw_set(deficits, unit->rows, empty_only,
							   drs_stablemix(drs_stablemix_nth(unit->prefix, seed)));

	return set >= 0 ? set : set_lacking_most(deficits, empty_only);
}

void
drs_groups_assign(Groups *groups, const int64 *sizes, int nsets, uint64 seed)
{
	uint32	   *sorted;
	Deficits	deficits = {.nsets = nsets};

	Assert(nsets <= MAX_SETS);
	count_waiting(groups);
	sorted = sort_units(groups, seed);
	for (int i = 0; i < nsets; i++)
	{
		deficits.lacking[i] = sizes[i];
		deficits.empty[i] = sizes[i] > 0;
		deficits.nempty += deficits.empty[i];
	}
	for (int i = 0; i < groups->nunits; i++)
	{
		Unit	   *unit = &groups->slots[sorted[i]];
		bool		empty_only = groups->nunits - i <= deficits.nempty;
		int			set = choose_set(&deficits, unit, empty_only, seed);

		put_unit(&deficits, set, unit->rows);
		unit->rows = set + 1;
		CHECK_FOR_INTERRUPTS();
	}
	pfree(sorted);
}

int
drs_groups_set(const Groups *groups, uint64 hash)
{
	const Unit *unit = find_slot(groups, hash >> groups->shift);

	if (unit->rows == 0)
		elog(ERROR, "a group has no set");
	return (int) unit->rows - 1;
}
