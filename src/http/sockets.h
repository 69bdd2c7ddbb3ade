/*
 * sockets.h
 *		What is known of libcurl's sockets: whether a kept one may be used again.
 *
 * HTTP/1 has no number that ties an answer to its request: whatever comes next on a
 * connection is taken for the answer.  So a kept connection is not used again if
 * there is something to read on it, or if its last answer broke the protocol.  Memory
 * is malloc'd, since libcurl's callbacks fill it.  Nothing here raises.
 */
#ifndef DRS_SOCKETS_H
#define DRS_SOCKETS_H

typedef struct Socket
{
	int			fd;
	unsigned int serial;		/* distinguishes it from earlier ones with the same fd */
	int			port;			/* our end's; 0: not known yet */
	bool		kept;			/* an answer of HTTP/1 has ended on it */
	bool		broken;			/* and was not valid, or not that of its request */
} Socket;

typedef struct SocketList
{
	Socket	   *sockets;
	int			count;
	int			size;
	unsigned int last_serial;
} SocketList;

/* Add a socket that was opened, false when memory is out; remove one that was closed. */
extern bool drs_sockets_opened(SocketList *list, int fd);
extern void drs_sockets_closed(SocketList *list, int fd);

/* An answer of HTTP/1 has ended on it.  Returns its serial, or 0 if it is not in the list. */
extern unsigned int drs_sockets_answered(SocketList *list, int fd);

/* What came on it was not a good answer: it is not to be used again. */
extern void drs_sockets_distrust(SocketList *list, int fd, unsigned int serial);

/* Is the connection with this port of ours a kept one of HTTP/1? */
extern bool drs_sockets_kept(const SocketList *list, int port);

/* May it be used again?  Not if it is broken, or if bytes or an end are to be read on it. */
extern bool drs_sockets_fit(const SocketList *list, int port);

/* Empty the list and free it. */
extern void drs_sockets_free(SocketList *list);

#endif							/* DRS_SOCKETS_H */
