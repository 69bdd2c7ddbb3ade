/*
 * jsonlayout.h
 *		The layout of a JSON answer, read from its first row, and its rows arranged by it.
 *
 * The first columns are the roles in their order, followed by the classes,
 * extra model output, and passthrough values.
 */
#ifndef DRS_JSONLAYOUT_H
#define DRS_JSONLAYOUT_H

#include "decode/jsonrow.h"

/*
 * Allocates in the current memory context.  The option positive_class, which
 * may be NULL, names the positive one of two classes: JSON answers do not say
 * which it is, unless the classes are 1 and 0.  Raises 22023 when it
 * is neither class, and 08P01 for a row without a prediction.
 */
extern Layout *drs_jsonlayout_read(const JsonRow *row, const char *positive_class);

/*
 * Fill in result, its fields by column of the layout, in the current memory
 * context.  Raises 08P01 for a row of another kind than the first.
 */
extern void drs_jsonlayout_row(const Layout *layout, const JsonRow *row, ReplyRow *result);

#endif							/* DRS_JSONLAYOUT_H */
