#include "input/inflate.h"

#include <bzlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "base/http_reply.h"

/* The outcome of a step. */
enum step { STEP_MORE, STEP_END, STEP_BAD };

enum coding
inflate_coding(const char *name)
{
	if (!name || !*name || strcasecmp(name, "identity") == 0)
		return CODING_IDENTITY;
	if (strcasecmp(name, "gzip") == 0 || strcasecmp(name, "x-gzip") == 0)
		return CODING_GZIP;
	if (strcasecmp(name, "bz2") == 0)
		return CODING_BZ2;
	return CODING_UNKNOWN;
}

static enum step
gunzip(const struct buffer *in, struct buffer *out, size_t max)
{
	z_stream	z = {.next_in = (Bytef *) in->data, .avail_in = (uInt) in->len};
	int			result = inflateInit2(&z, 16 + MAX_WBITS);

	while (result == Z_OK && out->len <= max)
	{
		buffer_reserve(out, in->len * 2 + 65536);
		z.next_out = (Bytef *) out->data + out->len;
		z.avail_out = (uInt) (out->cap - out->len);
		result = inflate(&z, Z_NO_FLUSH);
		out->len = (size_t) ((char *) z.next_out - out->data);
	}
	if (result == Z_STREAM_END && z.avail_in > 0)
		result = Z_DATA_ERROR;
	inflateEnd(&z);
	return result == Z_STREAM_END ? STEP_END : result == Z_OK ? STEP_MORE : STEP_BAD;
}

static enum step
bunzip(const struct buffer *in, struct buffer *out, size_t max)
{
	bz_stream	z = {.next_in = in->data, .avail_in = (unsigned) in->len};
	int			result = BZ2_bzDecompressInit(&z, 0, 0);

	while (result == BZ_OK && out->len <= max)
	{
		size_t		before = out->len;

		buffer_reserve(out, in->len * 2 + 65536);
		z.next_out = out->data + out->len;
		z.avail_out = (unsigned) (out->cap - out->len);
		result = BZ2_bzDecompress(&z);
		out->len = (size_t) (z.next_out - out->data);
		if (result == BZ_OK && z.avail_in == 0 && out->len == before)
			result = BZ_UNEXPECTED_EOF;
	}
	BZ2_bzDecompressEnd(&z);
	return result == BZ_STREAM_END ? STEP_END : result == BZ_OK ? STEP_MORE : STEP_BAD;
}

bool
inflate_body(struct buffer *body, enum coding coding, size_t max, struct reply *reply)
{
	struct buffer out = {0};
	enum step	step = coding == CODING_GZIP ? gunzip(body, &out, max) : bunzip(body, &out, max);

	if (step == STEP_BAD)
		reply_error(reply, 400, "the body is not what its Content-Encoding says");
	else if (out.len > max)
		reply_error(reply, 413, "the request body unpacks to more than %zu bytes", max);
	buffer_free(body);
	*body = out;
	return !reply->ready;
}
