/*
 * The synthetic deployment, whose prediction is a hash of the record's bytes. The body is scanned
 * as it arrives, in place, so that a benchmark measures its client.
 */
#ifndef STANDIN_SYNTHETIC_H
#define STANDIN_SYNTHETIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

struct scan
{
	bool		header_seen;
	bool		in_quotes;		/* the next byte is inside a quoted field */
	bool		high_bytes;		/* the record so far has bytes above 127 */
	uint64_t	bytes;			/* scanned */
	struct buffer carry;		/* the start of a record whose end has not arrived */
	struct buffer codes;		/* uint32_t each: millionths */
	const char *error;			/* static text, with the record's number in error_record */
	uint64_t	error_record;
};

enum { SYNTHETIC_LINE = 9 };	/* 0.123456 and a line feed */

void		synthetic_start(void);

void		synthetic_scan(struct scan *s, const char *bytes, size_t len);
void		synthetic_finish(struct scan *s);
void		synthetic_free(struct scan *s);

/* the code of one record */
uint32_t	synthetic_code(const char *record, size_t len);

/* "0.123456\n" for each code */
void		synthetic_print(struct buffer *out, const uint32_t *codes, size_t rows);

static inline size_t
synthetic_rows(const struct scan *s)
{
	return s->codes.len / sizeof(uint32_t);
}

#endif
