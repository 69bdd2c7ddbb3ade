/* The HTTP service on one port. */
#ifndef STANDIN_SERVICE_H
#define STANDIN_SERVICE_H


struct tls_files;
struct service;

/* tls NULL: plain HTTP. NULL after reporting the error on stderr */
struct service *service_start(int port, const struct tls_files *tls);
int			service_port(const struct service *h);

/* first no new connections, then the end of the old ones */
void		service_stop_accepting(struct service *h);
void		service_stop(struct service *h);

#endif
