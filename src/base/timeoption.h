/*
 * timeoption.h
 *		Reads times in ISO 8601.
 */
#ifndef DRS_TIMEOPTION_H
#define DRS_TIMEOPTION_H

#include "datatype/timestamp.h"

/*
 * Read a date, or a date and a time with or without a zone, and return it in
 * the form that DataRobot accepts, palloc'd: 2024-01-31T12:30:00, with a
 * fraction and a zone (Z or +02:00) if it has them.  In the text, a blank may
 * replace the T, and seconds or the whole time may be missing.  *instant,
 * unless instant is NULL, becomes that time; without a zone it is taken as
 * UTC.  Returns NULL for any other text; never raises.
 */
extern char *drs_iso_time(const char *text, Timestamp *instant);

#endif							/* DRS_TIMEOPTION_H */
