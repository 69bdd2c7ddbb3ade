/*
 * bytebuf.c
 *		A malloc'd byte buffer that cannot grow past a fixed size.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytebuf.h"

#define FIRST_SIZE 1024			/* an error body or a short reply fits */

void
drs_bytebuf_init(ByteBuf *buf, size_t max)
{
	memset(buf, 0, sizeof(*buf));
	buf->max = max;
}

/* The size doubles, so that adding n bytes one by one copies O(n) bytes. */
bool
drs_bytebuf_reserve(ByteBuf *buf, size_t len)
{
	size_t		size = buf->size < FIRST_SIZE ? FIRST_SIZE : buf->size;
	char	   *data;

	if (len > buf->max - buf->len)
		return false;
	if (len <= buf->size - buf->len)
		return true;
	while (size - buf->len < len)
		size = size > buf->max / 2 ? buf->max : size * 2;
	if (size > buf->max)
		size = buf->max;
	data = realloc(buf->data, size);
	if (data == NULL)
		return false;
	buf->data = data;
	buf->size = size;
	return true;
}

void
drs_bytebuf_drop(ByteBuf *buf, size_t len)
{
	if (len > 0 && len < buf->len)
		memmove(buf->data, buf->data + len, buf->len - len);
	buf->len -= len;
}

void
drs_bytebuf_free(ByteBuf *buf)
{
	free(buf->data);
	drs_bytebuf_init(buf, buf->max);
}
