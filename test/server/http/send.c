#include "http/send.h"

#include <stdlib.h>
#include <string.h>

#include "http/http_request.h"

enum
{
	ONE_PIECE = 64 * 1024,		/* always fits into the socket's send buffer */
	BLOCK = 256 * 1024
};

/* A body that the library asks for in blocks, so that we know when its end is handed over. */
struct reader
{
	struct request *request;
	struct buffer body;
	uint64_t	huge;			/* length of a generated reply; 0: send the body */
};

static ssize_t
read_body(void *cls, uint64_t at, char *out, size_t max)
{
	struct reader *reader = cls;
	size_t		left = reader->body.len - (size_t) at;
	size_t		len = left < max ? left : max;

	memcpy(out, reader->body.data + at, len);
	if (len == left)
		request_leave(reader->request);
	return (ssize_t) len;
}

/* CSV lines of eight bytes each, without a header. */
static ssize_t
read_huge(void *cls, uint64_t at, char *out, size_t max)
{
	static const char line[] = "0.12345\n";
	struct reader *reader = cls;

	if (at >= reader->huge)
	{
		request_leave(reader->request);
		return MHD_CONTENT_READER_END_OF_STREAM;
	}
	for (size_t i = 0; i < max; i++)
		out[i] = line[(at + i) % 8];
	return (ssize_t) max;
}

static void
free_reader(void *cls)
{
	struct reader *reader = cls;

	buffer_free(&reader->body);
	free(reader);
}

static struct MHD_Response *
make_response(struct request *r)
{
	struct buffer body = r->reply.body;
	struct reader *reader;

	r->reply.body = (struct buffer) {0};
	if (r->reader)
	{
		buffer_free(&body);
		return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, r->reader, r, NULL);
	}
	if (fault_kind_of(&r->fault) != FAULT_HUGE && body.len <= ONE_PIECE)
	{
		request_leave(r);
		if (body.data)
			return MHD_create_response_from_buffer(body.len, body.data, MHD_RESPMEM_MUST_FREE);
		return MHD_create_response_from_buffer(0, (void *) "", MHD_RESPMEM_PERSISTENT);
	}
	reader = must_alloc(sizeof *reader);
	*reader = (struct reader) {.request = r, .body = body};
	if (fault_kind_of(&r->fault) != FAULT_HUGE)
		return MHD_create_response_from_callback(body.len, BLOCK, read_body, reader, free_reader);
	reader->huge = (uint64_t) r->fault.main->mb * 1000000;
	return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_huge, reader,
											 free_reader);
}

enum MHD_Result
send_reply(struct request *r)
{
	const struct reply *reply = &r->reply;
	struct MHD_Response *response;
	enum MHD_Result result;

	r->stage = STAGE_DONE;
	r->body_sent = reply->body.len;
	request_count_answer(r, reply->status, r->rows);
	response = make_response(r);
	if (!response)
		return MHD_NO;
	if (reply->content_type)
		MHD_add_response_header(response, "Content-Type", reply->content_type);
	for (int i = 0; i < reply->n_headers; i++)
		MHD_add_response_header(response, reply->headers[i].name, reply->headers[i].value);
	result = MHD_queue_response(r->connection, (unsigned) reply->status, response);
	MHD_destroy_response(response);
	return result;
}
