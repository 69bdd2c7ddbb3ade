/*
 * timeoption.h
 *		Times as ISO 8601 writes them.
 */
#ifndef DRS_TIMEOPTION_H
#define DRS_TIMEOPTION_H

#include "datatype/timestamp.h"

/*
 * A date, or a date and a time with or without a zone, in the form that
 * DataRobot takes: 2024-01-31T12:30:00, with a fraction and a zone (Z or
 * +02:00) where there are some.  A blank may stand for the T; seconds and the
 * whole time may be missing.  *instant, unless NULL, is set to the time, in
 * UTC where no zone is given.  NULL when the text is nothing of this; never
 * raises.  Palloc'd.
 */
extern char *drs_iso_time(const char *text, Timestamp *instant);

#endif							/* DRS_TIMEOPTION_H */
