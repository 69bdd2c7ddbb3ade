/* A listening socket on the loopback address, and the thread that accepts from it. */
#ifndef STANDIN_LISTENER_H
#define STANDIN_LISTENER_H

#include <sys/socket.h>

struct listener;

typedef void (*listener_take) (void *data, int fd, const struct sockaddr *address, socklen_t len);

/* NULL after reporting the error on stderr */
struct listener *listener_start(int port, listener_take take, void *data);
int			listener_port(const struct listener *l);
void		listener_stop(struct listener *l);

#endif
