/*
 * compositearray.h
 *		Makes the array of composite values that a function returns.
 *
 * Everything is palloc'd in the current memory context.
 */
#ifndef DRS_COMPOSITEARRAY_H
#define DRS_COMPOSITEARRAY_H

#include "access/tupdesc.h"
#include "fmgr.h"

typedef struct CompositeArray
{
	TupleDesc	desc;
	bool	   *isnull;			/* none is */
	Datum	   *rows;
	int			count;
} CompositeArray;

/*
 * Begin an array with room for so many values, of the type that the called
 * function is declared to return an array of.  It must have so many
 * attributes; somebody may have altered it (42804).
 */
extern void drs_composites_begin(CompositeArray *array, FunctionCallInfo fcinfo, int ncolumns,
								 int room);

/* Append a value with these attributes. */
extern void drs_composites_add(CompositeArray *array, const Datum *values);

/* The array.  It ends the use of the struct. */
extern Datum drs_composites_end(CompositeArray *array);

#endif							/* DRS_COMPOSITEARRAY_H */
