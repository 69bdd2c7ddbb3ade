/*
 * handle.h
 *		libcurl's handle of an exchange.
 */
#ifndef DRS_HANDLE_H
#define DRS_HANDLE_H

#include "http/exchange.h"
#include "http/serveraccess.h"

/*
 * What libcurl is to call, with the exchange as arg.  It calls with all
 * signals blocked; none may raise.
 */
typedef struct HandleCallbacks
{
	size_t		(*read) (char *buffer, size_t size, size_t count, void *arg);
	size_t		(*body) (char *bytes, size_t size, size_t count, void *arg);
	size_t		(*header) (char *line, size_t size, size_t count, void *arg);
	int			(*request) (void *arg, char *peer_ip, char *own_ip, int peer_port, int own_port);
} HandleCallbacks;

/*
 * Make the handle of an exchange from its request; false when libcurl has no
 * memory, or refuses something.  To be closed in either case.
 */
extern bool drs_handle_open(Exchange *exchange, const ServerAccess *access,
							const HandleCallbacks *callbacks);
extern void drs_handle_close(Exchange *exchange);

#endif							/* DRS_HANDLE_H */
