#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block
{
	struct arena_block *next;
	size_t		cap;
	char		data[];
};

enum { ARENA_BLOCK = 256 * 1024 };

static void *
checked(void *p)
{
	if (!p)
	{
		fputs("standin: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *
must_alloc(size_t size)
{
	return checked(malloc(size ? size : 1));
}

void *
must_realloc(void *old, size_t size)
{
	return checked(realloc(old, size ? size : 1));
}

char *
must_copy(const char *text)
{
	return checked(strdup(text));
}

void
buffer_reserve(struct buffer *b, size_t more)
{
	size_t		cap = b->cap ? b->cap : 256;

	if (b->cap - b->len >= more)
		return;
	while (cap - b->len < more)
		cap *= 2;
	b->data = must_realloc(b->data, cap);
	b->cap = cap;
}

void
buffer_append(struct buffer *b, const void *bytes, size_t len)
{
	if (len == 0)
		return;
	buffer_reserve(b, len);
	memcpy(b->data + b->len, bytes, len);
	b->len += len;
}

void
buffer_text(struct buffer *b, const char *text)
{
	buffer_append(b, text, strlen(text));
}

void
buffer_byte(struct buffer *b, char byte)
{
	buffer_append(b, &byte, 1);
}

void
buffer_vprint(struct buffer *b, const char *format, va_list args)
{
	va_list		again;
	int			need;

	va_copy(again, args);
	need = vsnprintf(NULL, 0, format, args);
	buffer_reserve(b, (size_t) need + 1);
	vsnprintf(b->data + b->len, (size_t) need + 1, format, again);
	va_end(again);
	b->len += (size_t) need;
}

void
buffer_print(struct buffer *b, const char *format, ...)
{
	va_list		args;

	va_start(args, format);
	buffer_vprint(b, format, args);
	va_end(args);
}

void
buffer_free(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer) {0};
}

/* Copies bytes into the arena and adds a zero byte, so that the copy is also a string. */
char *
arena_copy(struct arena *a, const void *bytes, size_t len)
{
	char	   *copy;

	if (!a->blocks || a->blocks->cap - a->used < len + 1)
	{
		size_t		cap = len + 1 > ARENA_BLOCK ? len + 1 : ARENA_BLOCK;
		struct arena_block *block = must_alloc(sizeof *block + cap);

		block->next = a->blocks;
		block->cap = cap;
		a->blocks = block;
		a->used = 0;
	}
	copy = a->blocks->data + a->used;
	if (len)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	a->used += len + 1;
	return copy;
}

void
arena_free(struct arena *a)
{
	while (a->blocks)
	{
		struct arena_block *next = a->blocks->next;

		free(a->blocks);
		a->blocks = next;
	}
	a->used = 0;
}
