/*
 * compress.h
 *		Packs the bodies of requests with gzip, and unpacks those of answers.
 */
#ifndef DRS_COMPRESS_H
#define DRS_COMPRESS_H

#include "base/bytebuf.h"

/*
 * The bytes as a gzip stream of *packed_len bytes, palloc'd in cxt.  Raises on
 * interrupts and when memory is out.
 */
extern char *drs_gzip(MemoryContext cxt, const char *bytes, size_t len, size_t *packed_len);

/* How a body is packed. */
typedef enum Packing
{
	PACKING_NONE,
	PACKING_DEFLATE,			/* gzip or deflate: the bytes show which */
	PACKING_UNKNOWN
} Packing;

/*
 * The packing that a Content-Encoding names, in letters of either case; empty: none.
 * Never raises.
 */
extern Packing drs_packing(const char *content_encoding);

typedef enum UnpackResult
{
	UNPACK_MORE,				/* call again */
	UNPACK_DONE,
	UNPACK_FULL,				/* there is more than the buffer may grow to */
	UNPACK_SHORT,				/* the packed bytes end too early */
	UNPACK_GARBLED				/* they are corrupt, or not packed this way */
} UnpackResult;

typedef struct Unpacking Unpacking;

/*
 * Begin to unpack bytes, which are not copied and must live as long.  palloc'd in
 * cxt, which also ends it.  Raises when memory is out.
 */
extern Unpacking *drs_unpack_begin(MemoryContext cxt, const char *bytes, size_t len);

/* Unpack some more into the buffer, a few milliseconds' work.  Does not raise. */
extern UnpackResult drs_unpack_more(Unpacking *unpacking, ByteBuf *unpacked);

#endif							/* DRS_COMPRESS_H */
