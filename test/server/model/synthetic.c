/*
 * A record ends at a line feed outside quotes; a carriage return before it belongs to the line
 * end. The scan takes blocks of 64 bytes: one bit mask has the quotes, another the line feeds.
 * That is enough for a block without quotes, the common case. Otherwise a prefix sum over the
 * quotes tells which bytes are inside: a doubled quote leaves and enters again at once, so it
 * needs no care.
 */
#include "model/synthetic.h"

#include <stdio.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/utf8.h"

static char thousands[1000][4];

void
synthetic_start(void)
{
	char		text[16];

	for (int i = 0; i < 1000; i++)
	{
		snprintf(text, sizeof text, "%03d", i);
		memcpy(thousands[i], text, 3);
	}
}

static inline uint64_t
load8(const char *p)
{
	uint64_t	v;

	memcpy(&v, p, sizeof v);
	return v;
}

static inline uint64_t
mix(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t) a * b;

	return (uint64_t) product ^ (uint64_t) (product >> 64);
}

/* Depends on every byte and its place; two lanes keep the multiplier busy. */
uint32_t
synthetic_code(const char *record, size_t len)
{
	const uint64_t k1 = 0x9e3779b97f4a7c15u,
				k2 = 0xd6e8feb86659fd93u,
				k3 = 0xa0761d6478bd642fu;
	const char *end = record + len;
	uint64_t	a = k1 ^ len,
				b = k2,
				last[2] = {0, 0};

	for (; end - record > 32; record += 32)
	{
		a = mix(load8(record) ^ k1, load8(record + 8) ^ a);
		b = mix(load8(record + 16) ^ k2, load8(record + 24) ^ b);
	}
	if (end - record > 16)
		a = mix(load8(record) ^ k1, load8(record + 8) ^ a);
	if (len >= 16)				/* the last sixteen, some of them a second time */
	{
		last[0] = load8(end - 16);
		last[1] = load8(end - 8);
	}
	else
		memcpy(last, record, len);
	b = mix(last[0] ^ k2, last[1] ^ b);
	return (uint32_t) (((mix(a ^ k3, b ^ k1) >> 32) * 1000000u) >> 32);
}

void
synthetic_print(struct buffer *out, const uint32_t *codes, size_t rows)
{
	char	   *p;

	buffer_reserve(out, rows * SYNTHETIC_LINE);
	p = out->data + out->len;
	for (size_t i = 0; i < rows; i++, p += SYNTHETIC_LINE)
	{
		memcpy(p, "0.", 2);
		memcpy(p + 2, thousands[codes[i] / 1000], 3);
		memcpy(p + 5, thousands[codes[i] % 1000], 3);
		p[8] = '\n';
	}
	out->len += rows * SYNTHETIC_LINE;
}

static void
fail(struct scan *s, const char *why)
{
	if (s->error)
		return;
	s->error = why;
	s->error_record = synthetic_rows(s) + 1;
}

static void
check_header(struct scan *s, const char *line, size_t len)
{
	s->header_seen = true;
	if (len && !memchr(line, ',', len)
		&& (memchr(line, ';', len) || memchr(line, '\t', len) || memchr(line, '|', len)))
		fail(s, "only the comma is supported as a column separator");
}

/* One whole record, without its line end. */
static inline void
take_record(struct scan *s, const char *record, size_t len)
{
	uint32_t	code;

	if (len && record[len - 1] == '\r')
		len--;
	if (s->high_bytes && utf8_check(record, len) != len)
		fail(s, "the body is not valid UTF-8");
	s->high_bytes = false;
	if (len == 0)
		return;					/* an empty line is not a record */
	if (!s->header_seen)
	{
		check_header(s, record, len);
		return;
	}
	code = synthetic_code(record, len);
	if (s->codes.cap - s->codes.len < sizeof code)
		buffer_reserve(&s->codes, sizeof code);
	memcpy(s->codes.data + s->codes.len, &code, sizeof code);
	s->codes.len += sizeof code;
}

static void
end_record(struct scan *s, const char *from, const char *to)
{
	if (s->carry.len == 0)
	{
		take_record(s, from, (size_t) (to - from));
		return;
	}
	buffer_append(&s->carry, from, (size_t) (to - from));
	take_record(s, s->carry.data, s->carry.len);
	s->carry.len = 0;
}

/* Masks of a block of 64 bytes. */
struct masks
{
	uint64_t	quotes;
	uint64_t	ends;
	uint64_t	high;
};

#ifdef __SSE2__
static inline struct masks
look(const char *p)
{
	const __m128i quote = _mm_set1_epi8('"'),
				end = _mm_set1_epi8('\n');
	struct masks m = {0, 0, 0};

	for (int i = 0; i < 4; i++)
	{
		__m128i		v = _mm_loadu_si128((const __m128i *) (p + 16 * i));

		m.quotes |= (uint64_t) (uint32_t) _mm_movemask_epi8(_mm_cmpeq_epi8(v, quote)) << (16 * i);
		m.ends |= (uint64_t) (uint32_t) _mm_movemask_epi8(_mm_cmpeq_epi8(v, end)) << (16 * i);
		m.high |= (uint64_t) (uint32_t) _mm_movemask_epi8(v) << (16 * i);
	}
	return m;
}
#else
static inline struct masks
look(const char *p)
{
	struct masks m = {0, 0, 0};

	for (int i = 0; i < 64; i++)
	{
		m.quotes |= (uint64_t) (p[i] == '"') << i;
		m.ends |= (uint64_t) (p[i] == '\n') << i;
		m.high |= (uint64_t) ((unsigned char) p[i] >> 7) << i;
	}
	return m;
}
#endif

/* Bit i of the result: is the number of quotes up to byte i odd? */
static inline uint64_t
inside(uint64_t quotes)
{
	for (int shift = 1; shift < 64; shift *= 2)
		quotes ^= quotes << shift;
	return quotes;
}

void
synthetic_scan(struct scan *s, const char *bytes, size_t len)
{
	const char *record = bytes;
	const char *end = bytes + len;
	const char *p = bytes;

	s->bytes += len;
	while (p < end)
	{
		char		tail[64] = {0};
		size_t		width = (size_t) (end - p) < 64 ? (size_t) (end - p) : 64;
		struct masks m;

		if (width < 64)
			memcpy(tail, p, width);
		m = look(width < 64 ? tail : p);
		if (m.quotes || s->in_quotes)
		{
			uint64_t	in = inside(m.quotes) ^ (s->in_quotes ? ~(uint64_t) 0 : 0);

			m.ends &= ~in;
			s->in_quotes = in >> 63;	/* the zeros after a short block change nothing */
		}
		if (m.high)
			s->high_bytes = true;
		for (; m.ends; m.ends &= m.ends - 1)
		{
			const char *at = p + __builtin_ctzll(m.ends);

			end_record(s, record, at);
			record = at + 1;
			if (m.high)
				s->high_bytes = true;	/* they may be in the next record */
		}
		p += width;
	}
	if (record < end)
		buffer_append(&s->carry, record, (size_t) (end - record));
}

void
synthetic_finish(struct scan *s)
{
	if (s->in_quotes)
		fail(s, "a quoted field has no end");
	else if (s->carry.len)
		take_record(s, s->carry.data, s->carry.len);
	s->carry.len = 0;
	if (s->error)
		return;
	if (s->bytes == 0)
		s->error = "the body is empty";
	else if (synthetic_rows(s) == 0)
		s->error = "there are no rows to predict";
}

void
synthetic_free(struct scan *s)
{
	buffer_free(&s->carry);
	buffer_free(&s->codes);
}
