/*
 * compress.c
 *		The one door to zlib.  PostgreSQL licence.
 */
#include "postgres.h"

#include <zlib.h>

#include "utils/memutils.h"

#include "compress.h"

#define GZIP_WINDOW (15 + 16)	/* largest window, gzip instead of zlib framing */

/*
 * Level 1: on CSV of numbers it packs as well as level 6 at four times the
 * speed, and even so only links below some 70 MB/s gain from it.
 */
#define LEVEL 1

char *
drs_gzip(MemoryContext cxt, const char *bytes, size_t len, size_t *packed_len)
{
	z_stream	stream;
	char	   *packed;
	size_t		room;
	int			code;

	memset(&stream, 0, sizeof(stream));
	if (deflateInit2(&stream, LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not initialize zlib")));
	room = deflateBound(&stream, len);
	packed = MemoryContextAllocExtended(cxt, room, MCXT_ALLOC_NO_OOM);
	if (packed == NULL)
	{
		deflateEnd(&stream);
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory for compressing %zu bytes", len)));
	}
	/* a chunk has at most 50 MB, so one call with all of it fits zlib's counters */
	stream.next_in = (Bytef *) unconstify(char *, bytes);
	stream.avail_in = len;
	stream.next_out = (Bytef *) packed;
	stream.avail_out = room;
	code = deflate(&stream, Z_FINISH);
	*packed_len = stream.total_out;
	deflateEnd(&stream);
	if (code != Z_STREAM_END)
		elog(ERROR, "zlib did not finish: %d", code);
	return packed;
}
