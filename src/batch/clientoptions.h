/*
 * clientoptions.h
 *		Options that DataRobot's Python client takes for itself, and does not
 *		send.
 */
#ifndef DRS_CLIENTOPTIONS_H
#define DRS_CLIENTOPTIONS_H

#include "utils/jsonb.h"

/*
 * Raise 22023 if a specification has one of them, and say what there is here in its place:
 * who translates a call of the client is likely to write them.
 */
extern void drs_clientoptions_refuse(JsonbContainer *spec);

#endif							/* DRS_CLIENTOPTIONS_H */
