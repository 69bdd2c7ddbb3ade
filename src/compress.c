/*
 * compress.c
 *		The one door to zlib.  PostgreSQL licence.
 */
#include "postgres.h"

#include <zlib.h>

#include "miscadmin.h"
#include "utils/memutils.h"

#include "compress.h"

#define GZIP_WINDOW (15 + 16)	/* largest window, gzip instead of zlib framing */

/*
 * Level 1: on CSV of numbers it packs as well as level 6 at four times the
 * speed.  It costs more than it saves on any but slow links.
 */
#define LEVEL 1

/* Bytes between two looks at interrupts: some ten milliseconds' work. */
#define SLICE_BYTES (1024 * 1024)

/* zlib's memory is PostgreSQL's, so that it goes with its context when an interrupt ends us in the middle. */
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
