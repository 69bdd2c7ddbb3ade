/*
 * resultkind.h
 *		What the functions for one prediction return: a number, a label, or everything.
 */
#ifndef DRS_RESULTKIND_H
#define DRS_RESULTKIND_H

#include "decode/resultshape.h"

/*
 * Make the shape of what one of the functions returns; palloc'd.  No column may be kept:
 * columns of the rows to score may have the names of what is predicted.
 */
typedef const Shape *(*MakeResultShape) (FunctionCallInfo fcinfo, const Columns *columns);

extern const Shape *drs_resultkind_number(FunctionCallInfo fcinfo, const Columns *columns);
extern const Shape *drs_resultkind_label(FunctionCallInfo fcinfo, const Columns *columns);

extern const Shape *drs_resultkind_row(FunctionCallInfo fcinfo, const Columns *columns);

/* The descriptor of the composite type that the function returns; palloc'd. */
extern TupleDesc drs_resultkind_desc(FunctionCallInfo fcinfo);

#endif							/* DRS_RESULTKIND_H */
