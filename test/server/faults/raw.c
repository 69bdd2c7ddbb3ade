#define _GNU_SOURCE
#include "faults/raw.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "http/http_request.h"

struct job
{
	struct request *request;
	struct buffer bytes;
	size_t		piece;			/* bytes written at a time */
	long		pause;			/* milliseconds between pieces */
	bool		reset;			/* end with RST instead of FIN */
	long		before_reset;	/* milliseconds */
	const char *stray;			/* bytes that follow the answer; NULL: none */
	size_t		head_len;		/* the status line and headers, at the start of bytes */
	long		before_stray;	/* milliseconds */
};

static atomic_int running;
static atomic_bool stopping;

bool
raw_needed(const struct request *r)
{
	switch (fault_kind_of(&r->fault))
	{
		case FAULT_DRIP:
		case FAULT_RESET_MID:
		case FAULT_WRONG_LENGTH:
		case FAULT_SHORT_LENGTH:
		case FAULT_STRAY:
			return true;
		default:
			return false;
	}
}

/*
 * Dissolving the association sends RST to the client. The descriptor stays open, because it
 * belongs to the library.
 */
void
raw_reset(int fd)
{
	struct sockaddr nobody = {.sa_family = AF_UNSPEC};

	if (connect(fd, &nobody, sizeof nobody) != 0)
		shutdown(fd, SHUT_RDWR);
}

/*
 * Waits for the events or until the time has passed (ms < 0: no limit); false: the client is gone.
 */
static bool
wait_for(const struct request *r, short events, long ms)
{
	struct pollfd p = {.fd = r->fd, .events = (short) (events | POLLRDHUP)};

	while (!stopping)
	{
		int			slice = ms > 100 || ms < 0 ? 100 : (int) ms;
		int			n = poll(&p, 1, slice);

		if (n > 0)
			return (p.revents & (POLLRDHUP | POLLHUP | POLLERR)) == 0;
		if (ms >= 0 && (ms -= slice) <= 0)
			return true;
	}
	return false;
}

static ssize_t
write_some(const struct request *r, const char *bytes, size_t len)
{
	ssize_t		n;

	if (r->tls_session)
	{
		n = gnutls_record_send(r->tls_session, bytes, len);
		return n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED ? 0 : n;
	}
	n = send(r->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	return n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : n;
}

static bool
write_all(const struct request *r, const char *bytes, size_t len)
{
	while (len > 0)
	{
		ssize_t		n = write_some(r, bytes, len);

		if (n < 0)
			return false;
		if (n == 0 && !wait_for(r, POLLOUT, -1))
			return false;
		bytes += n;
		len -= (size_t) n;
	}
	return true;
}

static bool
write_pieces(struct job *j)
{
	const struct buffer *b = &j->bytes;

	for (size_t at = 0; at < b->len; at += j->piece)
	{
		size_t		len = b->len - at < j->piece ? b->len - at : j->piece;

		if (at > 0 && !wait_for(j->request, 0, j->pause))
			return false;
		if (at + len == b->len && !j->reset)
			request_leave(j->request);
		if (!write_all(j->request, b->data + at, len))
			return false;
	}
	return true;
}

/*
 * Writes the answer and, together with its body or later, bytes that nobody asked for. Then the
 * connection stays open, but nothing is read from it until the client ends it.
 */
static void
write_stray(struct job *j)
{
	struct request *r = j->request;
	struct buffer *b = &j->bytes;
	bool		written;

	if (j->before_stray <= 0)
		buffer_text(b, j->stray);
	request_leave(r);
	written = write_all(r, b->data, j->head_len) &&
		write_all(r, b->data + j->head_len, b->len - j->head_len);
	if (written && j->before_stray > 0)
		written = wait_for(r, 0, j->before_stray) && write_all(r, j->stray, strlen(j->stray));
	r->complete = written;
	while (written && wait_for(r, 0, -1))
		;
}

static void *
work(void *data)
{
	struct job *j = data;
	struct request *r = j->request;

	if (j->stray)
		write_stray(j);
	else if (write_pieces(j))
	{
		r->complete = !j->reset;
		if (j->reset && wait_for(r, 0, j->before_reset))
			raw_reset(r->fd);
	}
	r->gone = true;
	buffer_free(&j->bytes);
	free(j);
	MHD_resume_connection(r->connection);
	running--;
	return NULL;
}

static void
write_head(struct buffer *out, const struct reply *reply, size_t length, bool keep)
{
	buffer_print(out, "HTTP/1.1 %d %s\r\nConnection: %s\r\nContent-Length: %zu\r\n",
				 reply->status, MHD_get_reason_phrase_for((unsigned) reply->status),
				 keep ? "keep-alive" : "close", length);
	if (reply->content_type)
		buffer_print(out, "Content-Type: %s\r\n", reply->content_type);
	for (int i = 0; i < reply->n_headers; i++)
		buffer_print(out, "%s: %s\r\n", reply->headers[i].name, reply->headers[i].value);
	buffer_text(out, "\r\n");
}

static size_t
announced_length(const struct request *r)
{
	size_t		len = r->reply.body.len;

	if (fault_kind_of(&r->fault) == FAULT_WRONG_LENGTH)
		return len + (size_t) r->fault.main->bytes;
	if (fault_kind_of(&r->fault) == FAULT_SHORT_LENGTH)
		return len > (size_t) r->fault.main->bytes ? len - (size_t) r->fault.main->bytes : len / 2;
	return len;
}

void
raw_send(struct request *r)
{
	const struct fault *f = r->fault.main;
	struct job *j = must_alloc(sizeof *j);
	size_t		sent = f->kind == FAULT_RESET_MID ? r->reply.body.len / 2 : r->reply.body.len;
	pthread_t	thread;

	*j = (struct job) {.request = r, .piece = SIZE_MAX / 2};
	write_head(&j->bytes, &r->reply, announced_length(r), f->kind == FAULT_STRAY);
	j->head_len = j->bytes.len;
	if (f->kind == FAULT_STRAY)
		j->stray = f->text ? f->text : "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n";
	j->before_stray = f->ms;
	buffer_append(&j->bytes, r->reply.body.data, sent);
	if (f->kind == FAULT_DRIP)
	{
		j->piece = (size_t) f->bytes;
		j->pause = f->ms;
	}
	j->reset = f->kind == FAULT_RESET_MID;
	j->before_reset = f->ms;
	r->body_sent = sent;
	request_count_answer(r, r->reply.status, f->kind == FAULT_DRIP ? r->rows : 0);
	r->stage = STAGE_RAW;
	MHD_suspend_connection(r->connection);
	running++;
	if (pthread_create(&thread, NULL, work, j) == 0)
		pthread_detach(thread);
	else
		abort();
}

void
raw_stop(void)
{
	stopping = true;
	while (running > 0)
		poll(NULL, 0, 5);
}
