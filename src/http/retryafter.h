/*
 * retryafter.h
 *		How long an answer asks us to wait, in its header Retry-After.
 */
#ifndef DRS_RETRYAFTER_H
#define DRS_RETRYAFTER_H

#include <time.h>

/*
 * The seconds from now (time of day) that a value asks for, in each form of
 * RFC 9110, 10.2.3 and 5.6.7: a number of seconds, or a date as IMF-fixdate,
 * as in RFC 850 or as by asctime().  0: none, because it names the past or is
 * none of these.  Never above INT_MAX; never raises.
 */
extern long drs_retry_after(const char *value, time_t now);

#endif							/* DRS_RETRYAFTER_H */
