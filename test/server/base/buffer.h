/* A growing byte buffer, and an arena for small strings that are freed together. */
#ifndef STANDIN_BUFFER_H
#define STANDIN_BUFFER_H

#include <stdarg.h>
#include <stddef.h>

struct buffer
{
	char	   *data;
	size_t		len;
	size_t		cap;
};

void		buffer_reserve(struct buffer *b, size_t more);
void		buffer_append(struct buffer *b, const void *bytes, size_t len);
void		buffer_text(struct buffer *b, const char *text);
void		buffer_byte(struct buffer *b, char byte);
void buffer_print(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void		buffer_vprint(struct buffer *b, const char *format, va_list args);
void		buffer_free(struct buffer *b);

struct arena_block;

struct arena
{
	struct arena_block *blocks;
	size_t		used;
};

char	   *arena_copy(struct arena *a, const void *bytes, size_t len);
void		arena_free(struct arena *a);

/* allocation that aborts when memory runs out: a test server can do nothing better */
void	   *must_alloc(size_t size);
void	   *must_realloc(void *old, size_t size);
char	   *must_copy(const char *text);

#endif
