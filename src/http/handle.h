/*
 * handle.h
 *		The libcurl handle of an exchange.
 */
#ifndef DRS_HANDLE_H
#define DRS_HANDLE_H

#include "http/exchange.h"
#include "http/serveraccess.h"

/*
 * What libcurl calls, with the exchange as arg and with signals blocked: for
 * bytes of the request's body, with bytes of the answer's body, with a header line,
 * and before the request is sent on a connection.  None may raise.
 */
typedef struct HandleCallbacks
{
	size_t		(*read) (char *buffer, size_t size, size_t count, void *arg);
	size_t		(*body) (char *bytes, size_t size, size_t count, void *arg);
	size_t		(*header) (char *line, size_t size, size_t count, void *arg);
	int			(*request) (void *arg, char *peer_ip, char *own_ip, int peer_port, int own_port);
} HandleCallbacks;

/*
 * Make the handle of an exchange, set up for its request.  False when libcurl has no
 * memory, or refuses an option; close it in either case.
 */
extern bool drs_handle_open(Exchange *exchange, const ServerAccess *access,
							const HandleCallbacks *callbacks);

/* Free the handle, if there is one.  Never raises. */
extern void drs_handle_close(Exchange *exchange);

#endif							/* DRS_HANDLE_H */
