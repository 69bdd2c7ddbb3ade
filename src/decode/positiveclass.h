/*
 * positiveclass.h
 *		Which of two classes is the positive one, by what rows show.
 */
#ifndef DRS_POSITIVECLASS_H
#define DRS_POSITIVECLASS_H

#include "decode/replylayout.h"

/*
 * The class of two that the row can only have as the positive one, or -1.  A
 * row is decided to be positive when that class is more probable than the
 * threshold (docs/api.md 1.5), give or take the margin, which is what numbers
 * may be rounded by.  *may_show: could another row of this layout show it?
 */
extern int	drs_positiveclass_shown(const Layout *layout, const ReplyRow *row, double margin,
									bool *may_show);

#endif							/* DRS_POSITIVECLASS_H */
