/*
 * compress.h
 *		gzip for request bodies, and what servers pack theirs with.
 */
#ifndef DRS_COMPRESS_H
#define DRS_COMPRESS_H

#include "base/bytebuf.h"

/*
 * bytes as a gzip stream, palloc'd in cxt; its length in *packed_len.  Raises when memory is out.
 */
extern char *drs_gzip(MemoryContext cxt, const char *bytes, size_t len, size_t *packed_len);

/* The packing that a Content-Encoding names. */
typedef enum Packing
{
	PACKING_NONE,
	PACKING_DEFLATE,			/* gzip or deflate: the bytes tell which */
	PACKING_UNKNOWN
} Packing;

/* Names are told by letters of any case. */
extern Packing drs_packing(const char *content_encoding);

typedef enum UnpackResult
{
	UNPACK_MORE,				/* call again */
	UNPACK_DONE,
	UNPACK_FULL,				/* there is more than the buffer may hold */
	UNPACK_SHORT,				/* the packed bytes end too early */
	UNPACK_GARBLED
} UnpackResult;

typedef struct Unpacking Unpacking;

/*
 * Begin to unpack bytes, which must live as long.  palloc'd
 * in cxt, which also ends it.  Raises when memory is out.
 */
extern Unpacking *drs_unpack_begin(MemoryContext cxt, const char *bytes, size_t len);

/* Unpack a bit more into the buffer: a few milliseconds' work.  Does not raise. */
extern UnpackResult drs_unpack_more(Unpacking *unpacking, ByteBuf *unpacked);

#endif							/* DRS_COMPRESS_H */
