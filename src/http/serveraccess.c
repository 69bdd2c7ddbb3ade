/*
 * serveraccess.c
 *		Takes from an endpoint what a transport needs.
 */
#include "postgres.h"

#include "http/serveraccess.h"

ServerAccess
drs_serveraccess(const Endpoint *endpoint)
{
	const ServerOptions *server = &endpoint->options.server;

	return (ServerAccess) {
		.user = endpoint->user,
		.server_oid = endpoint->server_oid,
		.mapping_oid = endpoint->mapping_oid,
		.server_name = endpoint->server_name,
		.secrets = &endpoint->secrets,
		.allow_http = server->allow_http,
		.http_version = (HttpVersion) server->http_version,
		.proxy = server->proxy,
		.ca_file = server->ca_file,
		.client_cert = server->client_cert,
		.client_key = server->client_key,
		.connect_timeout = endpoint->options.transfer.connect_timeout,
		.counters = endpoint->counters
	};
}
