/*
 * One libmicrohttpd daemon per worker thread, each with its own epoll set. The daemons do not
 * listen: one thread accepts connections and hands them out in turn, so that the few connections
 * of a client are spread evenly and do not all go to the worker that wakes first.
 */
#include "http/service.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "base/command_line.h"
#include "control/counters.h"
#include "http/handler.h"
#include "http/listener.h"
#include "http/tls.h"

enum
{
	POOL = 256 * 1024,			/* one read of a body brings at most half of it */
	IDLE_SECONDS = 600,
	CONNECTIONS_MAX = 4096
};

struct service
{
	struct listener *listener;
	unsigned	turn;
	int			n_workers;
	struct MHD_Daemon *workers[];
};

static void
hand_out(void *data, int fd, const struct sockaddr *address, socklen_t len)
{
	struct service *h = data;

	counters_connection();
	MHD_add_connection(h->workers[h->turn++ % (unsigned) h->n_workers], fd, address, len);
}

/* Each connection has a flag: is it known to be the test's own? */
static void
mark_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
				enum MHD_ConnectionNotificationCode code)
{
	(void) cls;
	(void) connection;
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		*socket_context = calloc(1, sizeof(bool));
	else
		free(*socket_context);
}

static struct MHD_Daemon *
start_worker(const struct tls_files *tls)
{
	unsigned	flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC
		| MHD_ALLOW_SUSPEND_RESUME;
	struct MHD_OptionItem with_tls[] = {
		{MHD_OPTION_HTTPS_MEM_KEY, 0, tls ? tls->key : NULL},
		{MHD_OPTION_HTTPS_MEM_CERT, 0, tls ? tls->chain : NULL},
		{tls && tls->client_ca ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0,
		 tls ? tls->client_ca : NULL},
		{MHD_OPTION_END, 0, NULL}};
	struct MHD_OptionItem without[] = {{MHD_OPTION_END, 0, NULL}};

	return MHD_start_daemon(tls ? flags | MHD_USE_TLS : flags, 0, NULL, NULL, handler_access, NULL,
							MHD_OPTION_URI_LOG_CALLBACK, handler_first_line, NULL,
							MHD_OPTION_NOTIFY_COMPLETED, handler_completed, NULL,
							MHD_OPTION_NOTIFY_CONNECTION, mark_connection, NULL,
							MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) POOL,
							MHD_OPTION_CONNECTION_TIMEOUT, (unsigned) IDLE_SECONDS,
							MHD_OPTION_CONNECTION_LIMIT, (unsigned) CONNECTIONS_MAX,
							MHD_OPTION_ARRAY, tls ? with_tls : without,
							MHD_OPTION_END);
}

struct service *
service_start(int port, const struct tls_files *tls)
{
	struct service *h = must_alloc(sizeof *h + (size_t) options.threads * sizeof *h->workers);

	*h = (struct service) {0};
	for (; h->n_workers < options.threads; h->n_workers++)
	{
		h->workers[h->n_workers] = start_worker(tls);
		if (!h->workers[h->n_workers])
		{
			fputs("standin: could not start a worker\n", stderr);
			return NULL;
		}
	}
	h->listener = listener_start(port, hand_out, h);
	return h->listener ? h : NULL;
}

int
service_port(const struct service *h)
{
	return listener_port(h->listener);
}

void
service_stop_accepting(struct service *h)
{
	listener_stop(h->listener);
}

void
service_stop(struct service *h)
{
	for (int i = 0; i < h->n_workers; i++)
		MHD_stop_daemon(h->workers[i]);
	free(h);
}
