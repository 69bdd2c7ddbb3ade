/*
 * jsonlayout.h
 *		The layout of a JSON reply, from its first row, and its rows by it.
 *
 * The first columns are the roles in their order, then come classes, what the
 * model returns beside, and passthrough values.
 */
#ifndef DRS_JSONLAYOUT_H
#define DRS_JSONLAYOUT_H

#include "decode/jsonrow.h"

/*
 * Allocates in the current memory context.  positive_class, which may be
 * NULL, is the caller's word for which of two classes is the positive one:
 * JSON replies do not tell, but of 1 and 0.  Raises 22023 when it is neither of them, and
 * 08P01 for a row that is no prediction.
 */
extern Layout *drs_jsonlayout_read(const JsonRow *row, const char *positive_class);

/*
 * The row's fields by column of the layout, in the current
 * memory context.  Raises 08P01 for a row of another kind.
 */
extern void drs_jsonlayout_row(const Layout *layout, const JsonRow *row, ReplyRow *result);

#endif							/* DRS_JSONLAYOUT_H */
