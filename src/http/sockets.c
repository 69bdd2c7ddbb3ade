/*
 * sockets.c
 *		Lists libcurl's sockets, and checks a kept one before it is used again.
 */
#include "postgres.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "http/sockets.h"

#define FIRST_SIZE 8

static Socket *
find(SocketList *list, int fd)
{
	for (int i = 0; i < list->count; i++)
		if (list->sockets[i].fd == fd)
			return &list->sockets[i];
	return NULL;
}

bool
drs_sockets_opened(SocketList *list, int fd)
{
	if (list->count == list->size)
	{
		int			size = list->size ? list->size * 2 : FIRST_SIZE;
		Socket	   *sockets = realloc(list->sockets, sizeof(Socket) * size);

		if (sockets == NULL)
			return false;
		list->sockets = sockets;
		list->size = size;
	}
	list->sockets[list->count++] = (Socket) {.fd = fd, .serial = ++list->last_serial};
	return true;
}

void
drs_sockets_closed(SocketList *list, int fd)
{
	Socket	   *socket = find(list, fd);

	if (socket)
		*socket = list->sockets[--list->count];
}

static int
local_port(int fd)
{
	struct sockaddr_storage address;
	socklen_t	len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *) &address, &len) != 0)
		return 0;
	if (address.ss_family == AF_INET6)
		return ntohs(((struct sockaddr_in6 *) &address)->sin6_port);
	return ntohs(((struct sockaddr_in *) &address)->sin_port);
}

unsigned int
drs_sockets_answered(SocketList *list, int fd)
{
	Socket	   *socket = find(list, fd);

	if (socket == NULL)
		return 0;
	if (!socket->kept)
		socket->port = local_port(fd);
	socket->kept = true;
	return socket->serial;
}

void
drs_sockets_distrust(SocketList *list, int fd, unsigned int serial)
{
	Socket	   *socket = find(list, fd);

	if (socket && socket->serial == serial)
		socket->broken = true;
}

/*
 * Is there nothing to read, not even an end?  With TLS this sees records.  Those that
 * servers send unasked, such as session tickets, come with the first answer and are
 * read with it; what comes later is an end or a stray answer.
 */
static bool
is_silent(int fd)
{
	char		byte;

	return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
		(errno == EAGAIN || errno == EWOULDBLOCK);
}

bool
drs_sockets_kept(const SocketList *list, int port)
{
	for (int i = 0; i < list->count; i++)
		if (list->sockets[i].kept && list->sockets[i].port == port)
			return true;
	return false;
}

/* Two connections, to different servers, may have the same port: then both have to be fit. */
bool
drs_sockets_fit(const SocketList *list, int port)
{
	for (int i = 0; i < list->count; i++)
	{
		const Socket *socket = &list->sockets[i];

		if (socket->kept && socket->port == port && (socket->broken || !is_silent(socket->fd)))
			return false;
	}
	return true;
}

void
drs_sockets_free(SocketList *list)
{
	free(list->sockets);
	memset(list, 0, sizeof(*list));
}
