/*
 * serveraccess.h
 *		How a server is reached: what is the same for every request to it.
 */
#ifndef DRS_SERVERACCESS_H
#define DRS_SERVERACCESS_H

#include "config/endpoint.h"

typedef struct ServerAccess
{
	Oid			user;			/* these three say which connections are shared */
	Oid			server_oid;
	Oid			mapping_oid;
	const char *server_name;	/* for messages */
	List	   *const *secrets; /* of char *: not to be shown; the list may grow meanwhile */
	bool		allow_http;
	HttpVersion http_version;
	const char *proxy;			/* URL; NULL: none */
	const char *ca_file;		/* paths; NULL: not given */
	const char *client_cert;
	const char *client_key;
	int			connect_timeout;	/* ms, for one attempt to connect */
	CallCounters *counters;		/* of the call that the requests are made for */
} ServerAccess;

/* The access that an endpoint's options describe; it points into the endpoint.  Never raises. */
extern ServerAccess drs_serveraccess(const Endpoint *endpoint);

#endif							/* DRS_SERVERACCESS_H */
