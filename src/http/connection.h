/*
 * connection.h
 *		The session's connections to prediction servers, kept between calls.
 *
 * There is one Connection per user mapping: a libcurl multi handle with its pool of
 * open TCP and TLS connections, and the only place where a call waits for a server.
 * Calls of a session that use the same mapping share it, so a wait of one moves the
 * bytes of all.
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
	TimestampTz attended;		/* when its bytes were last moved; a time to come: somebody
								 * waits until then to move them */
	struct WatchList *watch;	/* sockets, wait event set and timer */
} Connection;

/*
 * Called for each transfer that libcurl has finished; must not raise.  code is a
 * CURLcode, easy a CURL.
 */
typedef void (*ConnectionDone) (void *easy, int code);

/*
 * The connection of this user to this server, created if there is none; each
 * acquire needs one release.  Nothing is sent yet.  Raises when memory is out or
 * libcurl fails.
 */
extern Connection *drs_connection_acquire(const ServerAccess *access);

/* Release it.  It stays open for the next call unless it is stale.  Never raises. */
extern void drs_connection_release(Connection *connection);

/*
 * Hand a CURL to libcurl, or take one back.  Adding returns false when libcurl
 * refuses, with the reason in *error.  Neither raises.
 */
extern bool drs_connection_add(Connection *connection, void *easy, const char **error);
extern void drs_connection_remove(Connection *connection, void *easy);

/*
 * Resume a CURL that has paused.  May call its callbacks.  Returns a CURLcode: if it
 * is not 0, the transfer has failed.  Never raises.
 */
extern int	drs_connection_resume(void *easy);

/*
 * Wait for at most timeout ms (0: only look) until a socket is ready, a timer of
 * libcurl's expires or the latch is set; let libcurl work; call done for each
 * transfer that it has finished.  Processes interrupts, so it can raise, but never
 * from inside libcurl.
 */
extern void drs_connection_wait(Connection *connection, long timeout, ConnectionDone done);

/*
 * A descriptor for somebody else to wait on: it is readable when drs_connection_wait()
 * has something to do, and from the time latest on.  -1 where there are none.  It stays
 * the same until that is called, which ends the times: of several callers before that,
 * the earliest time counts.  Raises when it cannot be made.
 */
extern int	drs_connection_poll_fd(Connection *connection, TimestampTz latest);

#endif							/* DRS_CONNECTION_H */
