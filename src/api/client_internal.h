/*
 * client_internal.h
 *		What the files that implement client.h share.
 */
#ifndef DRS_CLIENT_INTERNAL_H
#define DRS_CLIENT_INTERNAL_H

#include "config/endpoint.h"
#include "http/transport.h"

struct PublicApi
{
	MemoryContext cxt;
	MemoryContext answer_cxt;	/* of the last answer that was waited for */
	Endpoint   *endpoint;		/* the caller's */
	Transport  *transport;
	bool		token_reread;	/* and no answer since then has accepted it */
};

#endif							/* DRS_CLIENT_INTERNAL_H */
