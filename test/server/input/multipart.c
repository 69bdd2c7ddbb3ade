#include "input/multipart.h"

#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

#include "base/http_reply.h"

struct form
{
	struct buffer file;
	int			files;
	const char *wrong;			/* why the form cannot be used */
	char	   *part_type;
	size_t		size;
};

static enum MHD_Result
take_part(void *cls, enum MHD_ValueKind kind, const char *key, const char *filename,
		  const char *content_type, const char *transfer_encoding, const char *data,
		  uint64_t offset, size_t len)
{
	struct form *r = cls;

	(void) kind;
	(void) filename;
	(void) transfer_encoding;
	if (!key || strcmp(key, "file") != 0)
	{
		r->wrong = "the only part of the form must be named 'file'";
		return MHD_NO;
	}
	if (offset == 0 && r->files++ == 0)
		snprintf(r->part_type, r->size, "%s", content_type ? content_type : "text/csv");
	if (r->files > 1)
	{
		r->wrong = "the form must have exactly one part";
		return MHD_NO;
	}
	buffer_append(&r->file, data, len);
	return MHD_YES;
}

bool
multipart_file(struct MHD_Connection *connection, struct buffer *body, char *part_type,
			   size_t size, struct reply *reply)
{
	struct form form = {.part_type = part_type, .size = size};
	struct MHD_PostProcessor *p =
		MHD_create_post_processor(connection, 65536, take_part, &form);
	bool		parsed = false;

	part_type[0] = '\0';
	if (p)
	{
		parsed = MHD_post_process(p, body->data, body->len) == MHD_YES;
		parsed = MHD_destroy_post_processor(p) == MHD_YES && parsed;
	}
	buffer_free(body);
	*body = form.file;
	if (form.wrong)
		reply_error(reply, 400, "%s", form.wrong);
	else if (!parsed)
		reply_error(reply, 400, "malformed multipart/form-data");
	else if (form.files == 0)
		reply_error(reply, 400, "the form has no part named 'file'");
	return !reply->ready;
}
