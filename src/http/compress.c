/*
 * compress.c
 *		Packs and unpacks gzip and deflate.  No other file calls zlib.
 */
#include "postgres.h"

#include <zlib.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "http/compress.h"

#define GZIP_WINDOW (15 + 16)	/* largest window, gzip instead of zlib framing */

/*
 * Level 1 packs CSV of numbers as well as level 6, in a quarter of the time.  Even
 * so, packing pays on slow links only.
 */
#define LEVEL 1

/* Bytes packed between two checks for interrupts: about ten milliseconds' work. */
#define SLICE_BYTES (1024 * 1024)

#define ANY_WINDOW (15 + 32)	/* largest window, gzip or zlib framing as the bytes say */
#define RAW_WINDOW (-15)		/* no framing: what some servers call deflate */

/* Bytes unpacked at a time; fewer for a short answer. */
#define UNPACK_BYTES (512 * 1024)
#define MIN_UNPACK_BYTES (16 * 1024)
#define USUAL_GROWTH 8			/* of an answer, when it is unpacked */

struct Unpacking
{
	z_stream	stream;
	const char *bytes;			/* all of them */
	size_t		len;
	bool		raw;			/* there is no framing */
};

/*
 * zlib allocates in a memory context, so its memory is freed with that when an
 * interrupt ends us midway.
 */
static voidpf
zlib_alloc(voidpf cxt, uInt items, uInt size)
{
	return MemoryContextAllocExtended(cxt, (Size) items * size, MCXT_ALLOC_NO_OOM);
}

static void
zlib_free(voidpf cxt, voidpf address)
{
	pfree(address);
}

char *
drs_gzip(MemoryContext cxt, const char *bytes, size_t len, size_t *packed_len)
{
	z_stream	stream;
	char	   *packed;
	size_t		room;
	int			code;

	memset(&stream, 0, sizeof(stream));
	stream.zalloc = zlib_alloc;
	stream.zfree = zlib_free;
	stream.opaque = cxt;
	if (deflateInit2(&stream, LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory for compressing a request")));
	room = deflateBound(&stream, len);
	packed = MemoryContextAlloc(cxt, room);
	stream.next_in = (Bytef *) unconstify(char *, bytes);
	stream.next_out = (Bytef *) packed;
	stream.avail_out = room;	/* a chunk has at most 50 MB: it fits zlib's counters */
	do
	{
		CHECK_FOR_INTERRUPTS();
		stream.avail_in = Min(len, SLICE_BYTES);
		len -= stream.avail_in;
		code = deflate(&stream, len > 0 ? Z_NO_FLUSH : Z_FINISH);
	} while (len > 0 && code == Z_OK);
	*packed_len = stream.total_out;
	deflateEnd(&stream);
	if (code != Z_STREAM_END)
		elog(ERROR, "zlib did not finish: %d", code);
	return packed;
}

Packing
drs_packing(const char *content_encoding)
{
	static const char *const known[] = {"gzip", "x-gzip", "deflate"};

	if (content_encoding[0] == '\0' || pg_strcasecmp(content_encoding, "identity") == 0)
		return PACKING_NONE;
	for (size_t i = 0; i < lengthof(known); i++)
		if (pg_strcasecmp(content_encoding, known[i]) == 0)
			return PACKING_DEFLATE;
	return PACKING_UNKNOWN;
}

Unpacking *
drs_unpack_begin(MemoryContext cxt, const char *bytes, size_t len)
{
	Unpacking  *unpacking = MemoryContextAllocZero(cxt, sizeof(Unpacking));

	unpacking->bytes = bytes;
	unpacking->len = len;
	unpacking->stream.zalloc = zlib_alloc;
	unpacking->stream.zfree = zlib_free;
	unpacking->stream.opaque = cxt;
	unpacking->stream.next_in = (Bytef *) unconstify(char *, bytes);
	unpacking->stream.avail_in = len;	/* an answer has at most 1 GB: it fits zlib's
										 * counters */
	if (inflateInit2(&unpacking->stream, ANY_WINDOW) != Z_OK)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory for unpacking an answer")));
	return unpacking;
}

/*
 * Start again without framing.  False when that was tried before, or after the first
 * byte of output.
 */
static bool
try_raw(Unpacking *unpacking)
{
	z_stream   *stream = &unpacking->stream;

	if (unpacking->raw || stream->total_out > 0)
		return false;
	unpacking->raw = true;
	stream->next_in = (Bytef *) unconstify(char *, unpacking->bytes);
	stream->avail_in = unpacking->len;
	return inflateReset2(stream, RAW_WINDOW) == Z_OK;
}

/* A gzip stream has ended: another may follow it. */
static UnpackResult
next_member(Unpacking *unpacking)
{
	if (unpacking->stream.avail_in == 0)
		return UNPACK_DONE;
	return inflateReset(&unpacking->stream) == Z_OK ? UNPACK_MORE : UNPACK_GARBLED;
}

UnpackResult
drs_unpack_more(Unpacking *unpacking, ByteBuf *unpacked)
{
	z_stream   *stream = &unpacking->stream;
	size_t		left = unpacked->max - unpacked->len;
	size_t		room =
		Min(left, Min(UNPACK_BYTES, Max(MIN_UNPACK_BYTES, unpacking->len * USUAL_GROWTH)));
	char		beyond;
	int			code;

	/* some servers send no bytes at all for an empty answer */
	if (unpacking->len == 0)
		return UNPACK_DONE;
	if (!drs_bytebuf_reserve(unpacked, room))
		return UNPACK_FULL;
	/* the buffer may be full while the end of the stream is still to come */
	stream->next_out = (Bytef *) (room > 0 ? unpacked->data + unpacked->len : &beyond);
	stream->avail_out = Max(room, 1);
	code = inflate(stream, Z_NO_FLUSH);
	if (room == 0 && stream->avail_out == 0)
		return UNPACK_FULL;
	unpacked->len += room > 0 ? room - stream->avail_out : 0;
	switch (code)
	{
		case Z_OK:
			return UNPACK_MORE;
		case Z_STREAM_END:
			return next_member(unpacking);
		case Z_BUF_ERROR:		/* no packed bytes are left */
			return UNPACK_SHORT;
		default:
			return try_raw(unpacking) ? UNPACK_MORE : UNPACK_GARBLED;
	}
}
