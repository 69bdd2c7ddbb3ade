#define _GNU_SOURCE
#include "http/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buffer.h"

struct listener
{
	int			fd;
	int			port;
	atomic_bool stopping;
	pthread_t	thread;
	listener_take take;
	void	   *data;
};

static void *
accept_all(void *data)
{
	struct listener *l = data;

	while (!l->stopping)
	{
		struct sockaddr_in peer;
		socklen_t	len = sizeof peer;
		int fd = accept4(l->fd, (struct sockaddr *) &peer, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
		int			on = 1;

		if (fd >= 0)
		{
			setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
			l->take(l->data, fd, (struct sockaddr *) &peer, len);
		}
		else if (errno == EMFILE || errno == ENFILE)
			poll(NULL, 0, 10);	/* until connections end */
	}
	return NULL;
}

static int
open_socket(int port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
								  .sin_port = htons((uint16_t) port),
								  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int			fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int			on = 1;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, (struct sockaddr *) &address, sizeof address) != 0 || listen(fd, 511) != 0)
	{
		close(fd);
		return -1;
	}
	return fd;
}

struct listener *
listener_start(int port, listener_take take, void *data)
{
	struct listener *l = must_alloc(sizeof *l);
	struct sockaddr_in address;
	socklen_t	len = sizeof address;

	*l = (struct listener) {.fd = open_socket(port), .take = take, .data = data};
	if (l->fd < 0 || getsockname(l->fd, (struct sockaddr *) &address, &len) != 0)
	{
		fprintf(stderr, "standin: could not listen on 127.0.0.1:%d: ", port);
		perror(NULL);
		free(l);
		return NULL;
	}
	l->port = ntohs(address.sin_port);
	pthread_create(&l->thread, NULL, accept_all, l);
	return l;
}

int
listener_port(const struct listener *l)
{
	return l->port;
}

void
listener_stop(struct listener *l)
{
	l->stopping = true;
	shutdown(l->fd, SHUT_RDWR);	/* wakes the accepting thread */
	pthread_join(l->thread, NULL);
	close(l->fd);
	free(l);
}
