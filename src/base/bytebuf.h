/*
 * bytebuf.h
 *		A byte buffer whose maximum size is fixed when it is made.
 *
 * It lives in malloc'd memory and never raises, because the callbacks of
 * libcurl and libcsv fill it and nothing may longjmp through those libraries.
 */
#ifndef DRS_BYTEBUF_H
#define DRS_BYTEBUF_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct ByteBuf
{
	char	   *data;			/* malloc'd; NULL until something is added; not terminated */
	size_t		len;			/* bytes in use */
	size_t		size;			/* bytes allocated, never above max */
	size_t		max;			/* bytes it may have at most */
} ByteBuf;

/* Make an empty buffer for at most max bytes.  Allocates nothing. */
extern void drs_bytebuf_init(ByteBuf *buf, size_t max);

/*
 * Make room for len more bytes.  False when that would exceed the maximum, or
 * memory is exhausted.
 */
extern bool drs_bytebuf_reserve(ByteBuf *buf, size_t len);

/*
 * Append len bytes.  False as above; the buffer is then unchanged.  Inline,
 * because most additions are small.
 */
static inline bool
drs_bytebuf_add(ByteBuf *buf, const void *bytes, size_t len)
{
	if (len > buf->size - buf->len && !drs_bytebuf_reserve(buf, len))
		return false;
	if (len > 0)
		memcpy(buf->data + buf->len, bytes, len);
	buf->len += len;
	return true;
}

/* Drop the first len bytes (len may not exceed buf->len). */
extern void drs_bytebuf_drop(ByteBuf *buf, size_t len);

/* Give the memory back; the buffer is empty again, with the same maximum. */
extern void drs_bytebuf_free(ByteBuf *buf);

#endif							/* DRS_BYTEBUF_H */
