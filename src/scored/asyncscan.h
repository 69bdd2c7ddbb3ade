/*
 * asyncscan.h
 *		Lets Append run scans of several scored tables side by side.
 */
#ifndef DRS_ASYNCSCAN_H
#define DRS_ASYNCSCAN_H

#include "foreign/fdwapi.h"

/* Callbacks of FdwRoutine.  The first and the last raise what a scan does (scan.h). */
extern void drs_asyncscan_request(AsyncRequest *request);
extern void drs_asyncscan_configure(AsyncRequest *request);
extern void drs_asyncscan_notify(AsyncRequest *request);

#endif							/* DRS_ASYNCSCAN_H */
