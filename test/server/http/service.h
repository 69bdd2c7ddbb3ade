/* The HTTP service on one port. */
#ifndef STANDIN_SERVICE_H
#define STANDIN_SERVICE_H

#include <stdbool.h>

struct tls_files;
struct http;

/* tls NULL: plain HTTP. NULL after saying why on stderr */
struct http *http_start(int port, const struct tls_files *tls);
int			http_port(const struct http *h);

/* no new connections, then the end of the old ones */
void		http_stop_accepting(struct http *h);
void		http_stop(struct http *h);

#endif
