/*
 * positiveclass.h
 *		Infers from rows of an answer which of two classes is the positive one.
 */
#ifndef DRS_POSITIVECLASS_H
#define DRS_POSITIVECLASS_H

#include "decode/replylayout.h"

/*
 * The class, 0 or 1, that must be the positive one given this row, or -1 when
 * the row does not prove it.  A row is predicted positive when the positive
 * class is more probable than the threshold (docs/api.md 1.5); probabilities
 * within margin of it, which is the rounding of numbers, prove nothing.
 * *may_show: can other rows of this layout show it?  Never raises.
 */
extern int	drs_positiveclass_shown(const Layout *layout, const ReplyRow *row, double margin,
									bool *may_show);

#endif							/* DRS_POSITIVECLASS_H */
