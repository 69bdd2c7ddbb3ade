/*
 * connection.c
 *		Drives libcurl's socket interface with a WaitEventSet.
 *
 * libcurl tells us which sockets it watches and when its next timer is due.  We do
 * the waiting, for the latch as well, so cancel, timeouts and termination work in
 * every phase.  Nothing in libcurl's callbacks raises.
 *
 * libcurl's engine runs with signals blocked: its resolver thread inherits the mask, and
 * PostgreSQL's handlers must not run there.  BlockSig leaves out SIGQUIT alone of those
 * that the postmaster sends; Linux delivers it to the main thread.
 *
 * PostgreSQL's Append waits for itself.  For that there is a second set of the same
 * sockets (pollset.h); when it has found one of them ready, the first set finds it, too.
 *
 * Connections are found by user mapping, and closed after ALTER SERVER or ALTER USER
 * MAPPING, which syscache invalidation reports.
 */
#include "postgres.h"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libpq/pqsignal.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "storage/latch.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "base/clock.h"
#include "base/compat.h"
#include "base/pgcurl.h"
#include "base/waitevents.h"
#include "http/connection.h"
#include "http/pollset.h"

/* Open connections kept between requests; as many as requests of one call can be in flight. */
#define MAX_IDLE_CONNECTIONS 64L

/*
 * Bytes handed over to one socket before interrupts and the other sockets are looked
 * at again.
 */
#define MAX_BURST (512 * 1024)

#define MAX_EVENTS 32			/* handled per wait; the rest come with the next one */

typedef struct Watch
{
	curl_socket_t fd;
	int			what;			/* CURL_POLL_IN, _OUT, _INOUT */
} Watch;

typedef struct WatchList
{
	Watch	   *sockets;		/* malloc'd: callbacks fill it */
	int			nsockets;
	int			size;
	bool		changed;		/* the set has to be rebuilt */
	WaitEventSet *set;
	TimestampTz timer;			/* libcurl wants to be called then; 0: no timer */
	PollSet    *poll;			/* the same sockets; NULL: nobody has asked for it yet */
	bool		poll_changed;	/* it has to be filled again */
	TimestampTz wake_at;		/* who waits on it is woken then; DT_NOEND: nobody waits */
} WatchList;

typedef struct ConnectionKey
{
	Oid			user;
	Oid			server;
	Oid			mapping;
} ConnectionKey;

typedef struct ConnectionEntry
{
	ConnectionKey key;
	Connection *connection;
} ConnectionEntry;

static HTAB *connections = NULL;

static void connections_init(void);
static void connections_sweep(void);
static void account_sockets(Connection *connection, CURL *easy);
static void connection_open(Connection *connection);
static void connection_close(Connection *connection);
static void connection_free(Connection *connection);
static void on_catalog_change(Datum arg, int cacheid, uint32 hashvalue);
static int	on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg);
static int	on_timer(CURLM *multi, long timeout, void *arg);
static void rebuild_wait_set(WatchList *watch);
static void refill_poll_set(WatchList *watch);
static long wait_time(const WatchList *watch, long timeout);
static void pump(Connection *connection, curl_socket_t fd, int bits);
static void work_on(Connection *connection, curl_socket_t fd, int bits);
static void reap(Connection *connection, ConnectionDone done);

Connection *
drs_connection_acquire(const ServerAccess *access)
{
	ConnectionKey key;
	ConnectionEntry *entry;
	bool		found;

	if (connections == NULL)
		connections_init();
	connections_sweep();

	memset(&key, 0, sizeof(key));
	key.user = access->user;
	key.server = access->server_oid;
	key.mapping = access->mapping_oid;
	entry = hash_search(connections, &key, HASH_ENTER, &found);
	if (!found)
		entry->connection = NULL;
	if (entry->connection == NULL)
	{
		Connection *connection = MemoryContextAllocZero(TopMemoryContext, sizeof(Connection));

		connection->watch = MemoryContextAllocZero(TopMemoryContext, sizeof(WatchList));
		dlist_init(&connection->running);
		dlist_init(&connection->packed);
		connection->server_hash = GetSysCacheHashValue1(FOREIGNSERVEROID,
														ObjectIdGetDatum(key.server));
		connection->mapping_hash = GetSysCacheHashValue1(USERMAPPINGOID,
														 ObjectIdGetDatum(key.mapping));
		entry->connection = connection;
	}
	if (entry->connection->multi == NULL)
		connection_open(entry->connection);
	entry->connection->users++;
	return entry->connection;
}

void
drs_connection_release(Connection *connection)
{
	connection->users--;
	if (connection->users > 0 || !connection->stale)
		return;
	connection_close(connection);
	if (connection->forgotten)	/* else the next sweep finds it */
		connection_free(connection);
}

bool
drs_connection_add(Connection *connection, void *easy, const char **error)
{
	CURLMcode	code;

	account_sockets(connection, easy);
	code = curl_multi_add_handle(connection->multi, easy);
	*error = curl_multi_strerror(code);
	return code == CURLM_OK;
}

void
drs_connection_remove(Connection *connection, void *easy)
{
	(void) curl_multi_remove_handle(connection->multi, easy);
}

int
drs_connection_resume(void *easy)
{
	sigset_t	saved;
	CURLcode	code;

	sigprocmask(SIG_SETMASK, &BlockSig, &saved);
	code = curl_easy_pause((CURL *) easy, CURLPAUSE_CONT);
	sigprocmask(SIG_SETMASK, &saved, NULL);
	return code;
}

void
drs_connection_wait(Connection *connection, long timeout, ConnectionDone done)
{
	WatchList  *watch = connection->watch;
	WaitEvent	events[MAX_EVENTS];
	int			nevents;

	watch->wake_at = DT_NOEND;
	if (watch->set == NULL || watch->changed)
		rebuild_wait_set(watch);

	nevents = WaitEventSetWait(watch->set, wait_time(watch, timeout), events, MAX_EVENTS,
							   drs_wait_event(WAIT_FOR_ANSWER));
	for (int i = 0; i < nevents; i++)
	{
		int			bits = 0;

		if (events[i].events & WL_LATCH_SET)
		{
			ResetLatch(MyLatch);
			CHECK_FOR_INTERRUPTS();
			continue;
		}
		if (events[i].events & WL_SOCKET_READABLE)
			bits |= CURL_CSELECT_IN;
		if (events[i].events & WL_SOCKET_WRITEABLE)
			bits |= CURL_CSELECT_OUT;
		if (bits != 0)
			work_on(connection, events[i].fd, bits);
	}
	if (watch->timer != 0 && drs_clock() >= watch->timer)
	{
		watch->timer = 0;
		pump(connection, CURL_SOCKET_TIMEOUT, 0);
	}
	reap(connection, done);
}

int
drs_connection_poll_fd(Connection *connection, TimestampTz latest)
{
	WatchList  *watch = connection->watch;

	if (watch->poll == NULL)
	{
		watch->poll = drs_pollset_open();
		watch->poll_changed = true;
	}
	if (watch->poll == NULL)
		return -1;
	if (watch->poll_changed)
		refill_poll_set(watch);
	if (watch->timer != 0)
		latest = Min(latest, watch->timer);
	watch->wake_at = Min(watch->wake_at, latest);
	drs_pollset_wake_at(watch->poll, watch->wake_at);
	connection->attended = Max(connection->attended, watch->wake_at);
	return drs_pollset_fd(watch->poll);
}

/* Once per backend, at the first use: the table, the callbacks, and libcurl's own state. */
static void
connections_init(void)
{
	HASHCTL		ctl;

	/*
	 * never in the postmaster, see init.c; never undone, since others in this process
	 * may use libcurl too
	 */
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not initialize libcurl")));
	CacheRegisterSyscacheCallback(FOREIGNSERVEROID, on_catalog_change, (Datum) 0);
	CacheRegisterSyscacheCallback(USERMAPPINGOID, on_catalog_change, (Datum) 0);

	memset(&ctl, 0, sizeof(ctl));
	ctl.keysize = sizeof(ConnectionKey);
	ctl.entrysize = sizeof(ConnectionEntry);
	connections = hash_create("datarobot_scoring connections", 8, &ctl, HASH_ELEM | HASH_BLOBS);
}

/*
 * Forget stale connections.  One that is still in use keeps working for its call, and
 * is closed when that call ends, but no other call finds it any more.
 */
static void
connections_sweep(void)
{
	HASH_SEQ_STATUS scan;
	ConnectionEntry *entry;

	hash_seq_init(&scan, connections);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		Connection *connection = entry->connection;

		if (connection != NULL && !connection->stale)
			continue;
		if (connection != NULL && connection->users > 0)
			connection->forgotten = true;
		else if (connection != NULL)
		{
			connection_close(connection);
			connection_free(connection);
		}
		hash_search(connections, &entry->key, HASH_REMOVE, NULL);
	}
}

static void
on_catalog_change(Datum arg, int cacheid, uint32 hashvalue)
{
	HASH_SEQ_STATUS scan;
	ConnectionEntry *entry;

	hash_seq_init(&scan, connections);
	while ((entry = hash_seq_search(&scan)) != NULL)
	{
		Connection *connection = entry->connection;

		if (connection == NULL)
			continue;
		if (hashvalue == 0 ||
			(cacheid == FOREIGNSERVEROID && connection->server_hash == hashvalue) ||
			(cacheid == USERMAPPINGOID && connection->mapping_hash == hashvalue))
			connection->stale = true;
	}
}

/*
 * Count libcurl's sockets with fd.c, so that both together stay within the process's
 * limit of open files.
 */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	SocketList *sockets = arg;
	curl_socket_t fd;

	if (!AcquireExternalFD())
		return CURL_SOCKET_BAD;
	fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd != CURL_SOCKET_BAD && drs_sockets_opened(sockets, fd))
		return fd;
	if (fd != CURL_SOCKET_BAD)
		close(fd);
	ReleaseExternalFD();
	return CURL_SOCKET_BAD;
}

static int
close_socket(void *arg, curl_socket_t fd)
{
	drs_sockets_closed(arg, fd);
	ReleaseExternalFD();
	return close(fd);
}

/* Count the sockets of this CURL as files of ours, and list them. */
static void
account_sockets(Connection *connection, CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, &connection->sockets);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, &connection->sockets);
}

static void
connection_open(Connection *connection)
{
	CURLM	   *multi = curl_multi_init();

	if (multi == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not open a libcurl handle")));
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, connection->watch);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(multi, CURLMOPT_TIMERDATA, connection->watch);
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, MAX_IDLE_CONNECTIONS);
	connection->multi = multi;
	connection->watch->wake_at = DT_NOEND;
}

static void
connection_close(Connection *connection)
{
	WatchList  *watch = connection->watch;

	if (connection->multi)
		(void) curl_multi_cleanup(connection->multi);
	connection->multi = NULL;
	drs_sockets_free(&connection->sockets);
	if (watch->set)
		FreeWaitEventSet(watch->set);
	if (watch->poll)
		drs_pollset_close(watch->poll);
	free(watch->sockets);
	memset(watch, 0, sizeof(*watch));
}

static void
connection_free(Connection *connection)
{
	pfree(connection->watch);
	pfree(connection);
}

/*
 * libcurl's socket callback: remember what it wants.  After a removal the set is
 * always rebuilt, even if the same number is added at once: the socket may have been
 * closed and opened again, and epoll has forgotten the old one.
 */
static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	WatchList  *watch = arg;
	int			i = 0;

	watch->changed = watch->poll_changed = true;
	while (i < watch->nsockets && watch->sockets[i].fd != fd)
		i++;
	if (what == CURL_POLL_REMOVE)
	{
		if (i < watch->nsockets)
			watch->sockets[i] = watch->sockets[--watch->nsockets];
		return 0;
	}
	if (i == watch->size)
	{
		int			size = watch->size ? watch->size * 2 : 8;
		Watch	   *sockets = realloc(watch->sockets, sizeof(Watch) * size);

		if (sockets == NULL)
			return -1;			/* libcurl fails the transfer */
		watch->sockets = sockets;
		watch->size = size;
	}
	watch->sockets[i].fd = fd;
	watch->sockets[i].what = what;
	watch->nsockets = Max(watch->nsockets, i + 1);
	return 0;
}

/* libcurl's timer callback; -1 means no timer. */
static int
on_timer(CURLM *multi, long timeout, void *arg)
{
	WatchList  *watch = arg;

	watch->timer = timeout < 0 ? 0 : drs_clock() + timeout * INT64CONST(1000);
	return 0;
}

static void
rebuild_wait_set(WatchList *watch)
{
	WaitEventSet *set = watch->set;

	watch->set = NULL;			/* first, in case freeing or creating raises */
	if (set)
		FreeWaitEventSet(set);
	set = drs_create_wait_event_set(watch->nsockets + 2);
	watch->set = set;
	AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	AddWaitEventToSet(set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
	for (int i = 0; i < watch->nsockets; i++)
	{
		uint32		events = 0;

		if (watch->sockets[i].what & CURL_POLL_IN)
			events |= WL_SOCKET_READABLE;
		if (watch->sockets[i].what & CURL_POLL_OUT)
			events |= WL_SOCKET_WRITEABLE;
		AddWaitEventToSet(set, events, watch->sockets[i].fd, NULL, NULL);
	}
	watch->changed = false;
}

static void
refill_poll_set(WatchList *watch)
{
	drs_pollset_clear(watch->poll);
	for (int i = 0; i < watch->nsockets; i++)
		drs_pollset_add(watch->poll, watch->sockets[i].fd,
						watch->sockets[i].what & CURL_POLL_IN,
						watch->sockets[i].what & CURL_POLL_OUT);
	watch->poll_changed = false;
}

/*
 * The caller's timeout, cut short by libcurl's timer; in ms, rounded up so that a
 * timer is due when we wake.
 */
static long
wait_time(const WatchList *watch, long timeout)
{
	long		due;

	if (watch->timer == 0 || timeout == 0)
		return timeout;
	due = TimestampDifferenceMilliseconds(drs_clock(), watch->timer);
	return Min(timeout, due);
}

/*
 * Let libcurl work on one socket, or on its timers, with signals blocked:
 * with drs_connection_resume(), the only calls into its engine.
 */
static void
pump(Connection *connection, curl_socket_t fd, int bits)
{
	sigset_t	saved;
	CURLMcode	code;
	int			running;

	sigprocmask(SIG_SETMASK, &BlockSig, &saved);
	code = curl_multi_socket_action(connection->multi, fd, bits, &running);
	sigprocmask(SIG_SETMASK, &saved, NULL);
	if (code != CURLM_OK)
	{
		connection->stale = true;	/* its transfers are lost */
		ereport(ERROR,
				(errcode(ERRCODE_CONNECTION_EXCEPTION),
				 errmsg("libcurl failed: %s", curl_multi_strerror(code))));
	}
}

/*
 * Let libcurl work on a socket as long as it takes pieces of bodies there, up to
 * MAX_BURST.  It reads before it takes the next piece.
 */
static void
work_on(Connection *connection, curl_socket_t fd, int bits)
{
	uint64		start = connection->handed_over;
	uint64		before;

	do
	{
		before = connection->handed_over;
		pump(connection, fd, bits);
		bits = CURL_CSELECT_IN | CURL_CSELECT_OUT;
	} while (connection->handed_over > before && connection->handed_over - start < MAX_BURST);
}

static void
reap(Connection *connection, ConnectionDone done)
{
	CURLMsg    *msg;
	int			left;

	while ((msg = curl_multi_info_read(connection->multi, &left)) != NULL)
	{
		/* the message dies with the handle's removal: read it first */
		CURL	   *easy = msg->easy_handle;
		CURLcode	code = msg->data.result;

		if (msg->msg == CURLMSG_DONE)
			done(easy, code);
	}
}
