/*
 * sockets.h
 *		What is known of libcurl's sockets: whether a kept one may be used again.
 *
 * HTTP/1 has no number that ties an answer to its request: whatever comes
 * next on a connection is taken for the answer.  So a kept connection on
 * which something waits, or whose last answer broke the protocol, is not used
 * again.  Memory is malloc'd, since libcurl's callbacks fill it; nothing here
 * raises.
 */
#ifndef DRS_SOCKETS_H
#define DRS_SOCKETS_H

typedef struct Socket
{
	int			fd;
	unsigned int serial;		/* tells it from others that had its number before */
	int			port;			/* its own; 0: not known yet */
	bool		kept;			/* an answer of HTTP/1 has ended on it */
	bool		broken;			/* and was none, or not that of its request */
} Socket;

typedef struct SocketList
{
	Socket	   *sockets;
	int			count;
	int			size;
	unsigned int last_serial;
} SocketList;

/* A socket was opened; false when memory is out.  It was closed. */
extern bool drs_sockets_opened(SocketList *list, int fd);
extern void drs_sockets_closed(SocketList *list, int fd);

/* An answer of HTTP/1 has ended on it.  Returns its serial; 0: it is none of ours. */
extern unsigned int drs_sockets_answered(SocketList *list, int fd);

/* What came on it was no good answer: not to be used again. */
extern void drs_sockets_distrust(SocketList *list, int fd, unsigned int serial);

/* Is the connection with this port of ours a kept one of HTTP/1? */
extern bool drs_sockets_kept(const SocketList *list, int port);

/* May it be used again?  Not when it is broken, or when bytes or an end wait on it. */
extern bool drs_sockets_fit(const SocketList *list, int port);

/* Forget all. */
extern void drs_sockets_free(SocketList *list);

#endif							/* DRS_SOCKETS_H */
