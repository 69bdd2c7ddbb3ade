/*
 * asyncscan.c
 *		Lets Append run scans of several scored tables side by side.
 */
#include "postgres.h"

#include "scored/asyncscan.h"

void
drs_asyncscan_request(AsyncRequest *request)
{
}

void
drs_asyncscan_configure(AsyncRequest *request)
{
}

void
drs_asyncscan_notify(AsyncRequest *request)
{
}
