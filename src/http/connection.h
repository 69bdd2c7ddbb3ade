/*
 * connection.h
 *		The session's connections to prediction servers, kept between calls.
 *
 * One Connection per user mapping: a libcurl multi handle with its pool of
 * open TCP and TLS connections, and the one place where a server is waited
 * for.  Calls of a session that use the same mapping share it, so a wait of
 * one moves the bytes of all.
 */
#ifndef DRS_CONNECTION_H
#define DRS_CONNECTION_H

#include "datatype/timestamp.h"
#include "lib/ilist.h"

#include "http/serveraccess.h"
#include "http/sockets.h"

typedef struct Connection
{
	void	   *multi;			/* CURLM */
	int			users;			/* open transports */
	bool		stale;			/* server or mapping was altered:
								 * closed when the last user leaves */
	bool		forgotten;		/* stale and no longer to be found:
								 * freed when the last user leaves */
	uint32		server_hash;	/* for invalidation */
	uint32		mapping_hash;
	dlist_head	running;		/* of Exchange.node: what libcurl is working on */
	dlist_head	packed;			/* of Exchange.node: answers that are to be unpacked */
	SocketList	sockets;		/* open ones, in use or kept */
	int			note;			/* of whoever uses it, see drs_transport_note() */
	uint64		handed_over;	/* bytes of requests' bodies that libcurl has taken from us */
	TimestampTz attended;		/* when we last looked after it */
	struct WatchList *watch;	/* sockets, wait event set and timer */
} Connection;

/*
 * Called for each transfer that libcurl has finished; may
 * not raise.  code is a CURLcode, easy a CURL.
 */
typedef void (*ConnectionDone) (void *easy, int code);

/*
 * The current user's connection to this server, opened if
 * need be; release it once.  Raises when that fails.
 */
extern Connection *drs_connection_acquire(const ServerAccess *access);

/* Give it back.  It stays open for the next call unless it is stale.  Never raises. */
extern void drs_connection_release(Connection *connection);

/*
 * Hand a CURL to libcurl, or take one back; false (add)
 * with the reason in *error when it refuses.  Never raise.
 */
extern bool drs_connection_add(Connection *connection, void *easy, const char **error);
extern void drs_connection_remove(Connection *connection, void *easy);

/*
 * Let a CURL go on that has paused.  May call its callbacks.
 * Returns a CURLcode: other than 0, it has failed.
 */
extern int	drs_connection_resume(void *easy);

/*
 * Wait for at most timeout ms (0: only look) until a socket is ready, a timer
 * of libcurl's expires or the latch is set; let libcurl work; call done for
 * what it finished.  Processes interrupts, so it can raise, but never from
 * inside libcurl.
 */
extern void drs_connection_wait(Connection *connection, long timeout, ConnectionDone done);

#endif							/* DRS_CONNECTION_H */
