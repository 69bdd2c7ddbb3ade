/*
 * datetimepreview.h
 *		The preview of datetime partitioning, as the service answers it.
 */
#ifndef DRS_DATETIMEPREVIEW_H
#define DRS_DATETIMEPREVIEW_H

#include "partition/datetimelayout.h"

/*
 * A layout with its warnings as JSON, in the current memory context: what the service answers
 * for the specification, under its names.  format is that of the times (dateFormat), NULL if
 * it is not known.
 */
extern Jsonb *drs_datetimepreview_make(const DatetimeSpec *spec, const DatetimeLayout *layout,
									   List *warnings, const char *format);

#endif							/* DRS_DATETIMEPREVIEW_H */
