/*
 * outcome.h
 *		How an exchange has ended.
 */
#ifndef DRS_OUTCOME_H
#define DRS_OUTCOME_H

#include "http/exchange.h"

/*
 * The outcome of an exchange that libcurl has finished with this CURLcode.  To be
 * called while the exchange has its handle.  Never raises.
 */
extern Outcome drs_outcome_of(const Exchange *exchange, int code);

#endif							/* DRS_OUTCOME_H */
