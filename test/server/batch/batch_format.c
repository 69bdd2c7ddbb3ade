#include "batch/batch_format.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "input/charset.h"

struct batch_format
{
	char		delimiter;
	char		quote;
	iconv_t		cd;				/* (iconv_t) -1: UTF-8 */
};

struct batch_format *
batch_format_new(char delimiter, char quote, const char *charset)
{
	struct batch_format *f = must_alloc(sizeof *f);

	*f = (struct batch_format) {delimiter, quote, (iconv_t) -1};
	if (!charset_is_utf8(charset))
		f->cd = iconv_open(charset, "UTF-8");
	return f;
}

void
batch_format_field(const struct batch_format *f, struct buffer *out, const char *text, size_t len)
{
	bool		quotes = false;

	for (size_t i = 0; i < len && !quotes; i++)
		quotes = text[i] == f->delimiter || text[i] == f->quote || text[i] == '\n'
			|| text[i] == '\r';
	if (!quotes)
	{
		buffer_append(out, text, len);
		return;
	}
	buffer_byte(out, f->quote);
	for (size_t i = 0; i < len; i++)
	{
		if (text[i] == f->quote)
			buffer_byte(out, f->quote);
		buffer_byte(out, text[i]);
	}
	buffer_byte(out, f->quote);
}

static const struct batch_format ordinary = {',', '"', (iconv_t) -1};

const char *
batch_format_read(const struct batch_format *f, const char *at, const char *end,
				  struct buffer *field)
{
	bool		quoted = at < end && *at == f->quote;

	field->len = 0;
	if (!quoted)
	{
		const char *from = at;

		while (at < end && *at != f->delimiter && *at != '\n')
			at++;
		buffer_append(field, from, (size_t) (at - from));
		return at;
	}
	for (at++; at < end; at++)
	{
		if (*at == f->quote && (at + 1 == end || at[1] != f->quote))
			return at + 1;
		if (*at == f->quote)
			at++;
		buffer_byte(field, *at);
	}
	return at;
}

void
batch_format_separate(const struct batch_format *f, struct buffer *text)
{
	struct buffer out = {0};
	struct buffer field = {0};
	const char *end = text->data + text->len;

	if (f->delimiter == ',' && f->quote == '"')
		return;
	for (const char *at = text->data; at < end; at++)
	{
		at = batch_format_read(&ordinary, at, end, &field);
		batch_format_field(f, &out, field.data ? field.data : "", field.len);
		if (at < end)
			buffer_byte(&out, *at == ',' ? f->delimiter : '\n');
	}
	buffer_free(&field);
	buffer_free(text);
	*text = out;
}

bool
batch_format_encode(struct batch_format *f, struct buffer *text)
{
	struct buffer out = {0};
	char	   *from = text->data;
	size_t		left = text->len;

	if (f->cd == (iconv_t) -1)
		return true;
	while (left > 0)
	{
		char	   *to;
		size_t		space;
		size_t		result;

		buffer_reserve(&out, left * 2 + 16);
		to = out.data + out.len;
		space = out.cap - out.len;
		result = iconv(f->cd, &from, &left, &to, &space);
		out.len = (size_t) (to - out.data);
		if (result == (size_t) -1 && errno != E2BIG)
			break;
	}
	buffer_free(text);
	*text = out;
	return left == 0;
}

void
batch_format_free(struct batch_format *f)
{
	if (f->cd != (iconv_t) -1)
		iconv_close(f->cd);
	free(f);
}
