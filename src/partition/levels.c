/*
 * levels.c
 *		The different values of a partition column, in the order of their type.
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "partition/levels.h"

/* A power of 2: remembers where values are by a hash of their bytes, which saves comparisons. */
#define REMEMBERED 256

/* Values are cut to so many bytes in messages. */
#define SHOWN_BYTES 64

struct Levels
{
	MemoryContext cxt;
	TypeCacheEntry *type;
	Oid			collation;
	int			count;
	Datum		values[MAX_LEVELS]; /* sorted, copied and not toasted */
	int			remembered[REMEMBERED]; /* places; -1: nothing */
};

Levels *
drs_levels_make(Oid type, Oid collation)
{
	Levels	   *levels = palloc0(sizeof(Levels));

	levels->cxt = CurrentMemoryContext;
	levels->collation = collation;
	levels->type = lookup_type_cache(type, TYPECACHE_CMP_PROC_FINFO);
	if (!OidIsValid(levels->type->cmp_proc))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("values of type %s have no order", format_type_be(type))));
	for (int i = 0; i < REMEMBERED; i++)
		levels->remembered[i] = -1;
	return levels;
}

/* The place of a value or, with found false, where it belongs. */
static int
search(const Levels *levels, Datum value, bool *found)
{
	int			low = 0;
	int			high = levels->count;

	*found = false;
	while (low < high && !*found)
	{
		int			middle = (low + high) / 2;
		int			order = DatumGetInt32(FunctionCall2Coll(&levels->type->cmp_proc_finfo,
															levels->collation, value,
															levels->values[middle]));

		*found = order == 0;
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return high;
}

/* Where the place of a value with these bytes is remembered. */
static int *
memory_of(Levels *levels, Datum value)
{
	uint32		hash = datum_image_hash(value, levels->type->typbyval, levels->type->typlen);

	return &levels->remembered[hash % REMEMBERED];
}

static bool
has_bytes_of(const Levels *levels, int place, Datum value)
{
	return place >= 0 && datum_image_eq(levels->values[place], value, levels->type->typbyval,
										levels->type->typlen);
}

/* Equal values whose bytes differ, as in citext, are always searched for. */
int
drs_levels_find(Levels *levels, Datum value)
{
	int		   *memory = memory_of(levels, value);
	int			place = *memory;
	bool		found;

	if (has_bytes_of(levels, place, value))
		return place;
	place = search(levels, value, &found);
	if (!found)
		return -1;
	if (has_bytes_of(levels, place, value))
		*memory = place;
	return place;
}

pg_noreturn static void
refuse_number(const char *number)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("a partition column must have from %d to %d different values", MIN_LEVELS,
					MAX_LEVELS),
			 errdetail("It has %s.", number)));
}

static Datum
copy_value(const Levels *levels, Datum value)
{
	MemoryContext old = MemoryContextSwitchTo(levels->cxt);

	value = levels->type->typlen == -1 ? PointerGetDatum(PG_DETOAST_DATUM_COPY(value)) :
		datumCopy(value, levels->type->typbyval, levels->type->typlen);
	MemoryContextSwitchTo(old);
	return value;
}

void
drs_levels_add(Levels *levels, Datum value)
{
	bool		found;
	int			place;

	if (drs_levels_find(levels, value) >= 0)
		return;
	place = search(levels, value, &found);
	if (levels->count == MAX_LEVELS)
		refuse_number("more");
	memmove(&levels->values[place + 1], &levels->values[place],
			sizeof(Datum) * (levels->count - place));
	levels->values[place] = copy_value(levels, value);
	levels->count++;
	/* places have moved */
	for (int i = 0; i < REMEMBERED; i++)
		levels->remembered[i] = -1;
}

int
drs_levels_count(const Levels *levels)
{
	if (levels->count < MIN_LEVELS)
		refuse_number(psprintf("%d", levels->count));
	return levels->count;
}

char *
drs_levels_text(const Levels *levels, int place)
{
	Oid			output;
	bool		is_varlena;
	char	   *text;
	int			len;

	getTypeOutputInfo(levels->type->type_id, &output, &is_varlena);
	text = OidOutputFunctionCall(output, levels->values[place]);
	len = strlen(text);
	if (len > SHOWN_BYTES)
		text[pg_mbcliplen(text, len, SHOWN_BYTES)] = '\0';
	return text;
}
