#include "input/charset.h"

#include <ctype.h>
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/http_reply.h"
#include "base/utf8.h"

/* Python's names of encodings that have another name in iconv. */
static const char *const aliases[][2] = {
	{"latin-1", "iso-8859-1"},
	{"latin1", "iso-8859-1"},
	{"latin", "iso-8859-1"},
	{"l1", "iso-8859-1"},
	{"iso8859-1", "iso-8859-1"},
	{"8859", "iso-8859-1"},
	{"u8", "utf-8"},
	{"utf", "utf-8"},
	{"utf8", "utf-8"},
	{"utf-8-sig", "utf-8"},
	{"u16", "utf-16"},
	{"utf16", "utf-16"},
	{"windows-1252", "cp1252"},
	{"646", "ascii"},
	{"us-ascii", "ascii"},
	{"iso8859-15", "iso-8859-15"},
	{"latin-9", "iso-8859-15"},
	{"shift-jis", "shift_jis"},
	{"shiftjis", "shift_jis"},
	{"sjis", "shift_jis"},
	{"mskanji", "cp932"},
	{"ms-kanji", "cp932"},
	{"euc-jis-2004", "euc-jisx0213"},
};

/* Replaces one of Python's names by that of iconv. */
static void
replace_alias(char *name, size_t size)
{
	for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
		if (strcmp(name, aliases[i][0]) == 0)
		{
			snprintf(name, size, "%s", aliases[i][1]);
			return;
		}
}

/* Takes a name up to one of these characters. */
static bool
take_name(const char *text, const char *ends, char *out, size_t size)
{
	size_t		len = strcspn(text, ends);

	if (len >= size)
		return false;
	for (size_t i = 0; i < len; i++)
		out[i] = text[i] == '_' ? '-' : (char) tolower((unsigned char) text[i]);
	out[len] = '\0';
	replace_alias(out, size);
	return true;
}

bool
charset_of(const char *content_type, char *out, size_t size)
{
	const char *at = content_type ? strchr(content_type, ';') : NULL;

	for (; at; at = strchr(at, ';'))
	{
		at += 1 + strspn(at + 1, " \t");
		if (strncasecmp(at, "charset=", 8) != 0)
			continue;
		at += 8;
		if (*at == '"')
			at++;
		return take_name(at, ";\" ", out, size);
	}
	snprintf(out, size, "utf-8");
	return true;
}

bool
charset_name(const char *python, char *out, size_t size)
{
	return take_name(python, "", out, size);
}

bool
charset_is_utf8(const char *name)
{
	return strcmp(name, "utf-8") == 0;
}

/* "//TRANSLIT" and the like are for iconv, and no part of an encoding's name. */
static iconv_t
open_charset(const char *name)
{
	return strchr(name, '/') || !*name ? (iconv_t) -1 : iconv_open("UTF-8", name);
}

bool
charset_is_known(const char *name)
{
	iconv_t		cd = open_charset(name);

	if (cd == (iconv_t) -1)
		return false;
	iconv_close(cd);
	return true;
}

static bool
check_utf8(const struct buffer *text, struct reply *reply)
{
	size_t		at = utf8_check(text->data, text->len);

	if (at == text->len)
		return true;
	reply_error(reply, 400, "'utf-8' codec can't decode byte 0x%02x in position %zu",
				(unsigned char) text->data[at], at);
	return false;
}

static bool
convert(iconv_t cd, struct buffer *text, const char *name, struct reply *reply)
{
	struct buffer out = {0};
	char	   *from = text->data;
	size_t		left = text->len;

	while (left > 0)
	{
		char	   *to;
		size_t		space;
		size_t		result;

		buffer_reserve(&out, left + left / 2 + 16);
		to = out.data + out.len;
		space = out.cap - out.len;
		result = iconv(cd, &from, &left, &to, &space);
		out.len = (size_t) (to - out.data);
		if (result == (size_t) -1 && errno != E2BIG)
		{
			reply_error(reply, 400, "'%s' codec can't decode byte 0x%02x in position %zu", name,
						(unsigned char) *from, (size_t) (from - text->data));
			buffer_free(&out);
			return false;
		}
	}
	buffer_free(text);
	*text = out;
	return true;
}

bool
charset_to_utf8(struct buffer *text, const char *name, struct reply *reply)
{
	iconv_t		cd;
	bool		ok;

	if (charset_is_utf8(name))
		return check_utf8(text, reply);
	cd = open_charset(name);
	if (cd == (iconv_t) -1)
	{
		reply_error(reply, 400, "unknown encoding: %s", name);
		return false;
	}
	ok = convert(cd, text, name, reply);
	iconv_close(cd);
	return ok;
}
