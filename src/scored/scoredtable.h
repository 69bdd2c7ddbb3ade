/*
 * scoredtable.h
 *		What the catalogs say of a scored table: a foreign table whose rows are
 *		those of a query, with their predictions.
 */
#ifndef DRS_SCOREDTABLE_H
#define DRS_SCOREDTABLE_H

#include "access/tupdesc.h"
#include "utils/jsonb.h"
#include "utils/relcache.h"

#include "config/option.h"

typedef struct ScoredTable
{
	Oid			relid;
	Oid			owner;
	Oid			serverid;
	Jsonb	   *options;		/* those of a call, for an Endpoint */
	Options		values;			/* read from the table's options only, not the server's */
	bool		is_series;		/* its rows differ from those of the query: forecasts */
} ScoredTable;

/* What a column of the table is filled from. */
typedef struct ScoredColumn
{
	const char *output;			/* the name of what fills it; NULL: the column was dropped, or
								 * is virtual, and has no values of its own */
	int			source;			/* index into the query's columns; -1: of the answer */
} ScoredColumn;

/*
 * Read the catalogs, palloc'd.  Sends nothing.  Raises what drs_tableoptions_read
 * raises.
 */
extern ScoredTable *drs_scored_table(Relation relation);

/*
 * What a scan of it will score by: the server's options, then the table's.  Reads no user
 * mapping.
 */
extern Options drs_scored_options(const ScoredTable *table);

/*
 * One for each attribute of the table, as it is in desc, palloc'd: the column
 * option "output" names a part of the answer, "source" a column of the query,
 * and without either the name is that of one or the other.  Raises 42702 when
 * it could be both, and 42703 when the query lacks what "source" names.
 */
extern ScoredColumn *drs_scored_columns(const ScoredTable *table, TupleDesc desc,
										TupleDesc source);

#endif							/* DRS_SCOREDTABLE_H */
