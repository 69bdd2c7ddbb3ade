/*
 * textencoding.c
 *		Converts text between UTF-8 and other encodings, piece by piece.
 */
#include "postgres.h"

#include <ctype.h>

#include "catalog/namespace.h"
#include "miscadmin.h"

#include "base/compat.h"
#include "batch/textencoding.h"

/* Bytes that are converted at a time, at most; they become up to MAX_CONVERSION_GROWTH as many. */
#define PIECE (256 * 1024)

#define SERVER(number) {TEXT_SERVER, number, false, false}

/* Names of Python's that PostgreSQL does not know, without punctuation. */
static const struct
{
	const char *name;
	TextEncoding encoding;
}			python_names[] =
{
	{"646", {TEXT_ASCII, 0, false, false}},
	{"8859", SERVER(PG_LATIN1)},
	{"arabic", SERVER(PG_ISO_8859_6)},
	{"ascii", {TEXT_ASCII, 0, false, false}},
	{"big5tw", SERVER(PG_BIG5)},
	{"chinese", SERVER(PG_EUC_CN)},
	{"cp1361", SERVER(PG_JOHAB)},
	{"cp65001", SERVER(PG_UTF8)},
	{"cp819", SERVER(PG_LATIN1)},
	{"csbig5", SERVER(PG_BIG5)},
	{"csshiftjis", SERVER(PG_SJIS)},
	{"cyrillic", SERVER(PG_ISO_8859_5)},
	{"gb180302000", SERVER(PG_GB18030)},
	{"gb2312", SERVER(PG_EUC_CN)},
	{"greek", SERVER(PG_ISO_8859_7)},
	{"hebrew", SERVER(PG_ISO_8859_8)},
	{"korean", SERVER(PG_EUC_KR)},
	{"ksc5601", SERVER(PG_EUC_KR)},
	{"ksx1001", SERVER(PG_EUC_KR)},
	{"latin", SERVER(PG_LATIN1)},
	{"u16", {TEXT_UTF16, 0, false, true}},
	{"u32", {TEXT_UTF32, 0, false, true}},
	{"u8", SERVER(PG_UTF8)},
	{"ujis", SERVER(PG_EUC_JP)},
	{"usascii", {TEXT_ASCII, 0, false, false}},
	{"utf", SERVER(PG_UTF8)},
	{"utf16", {TEXT_UTF16, 0, false, true}},
	{"utf16be", {TEXT_UTF16, 0, true, false}},
	{"utf16le", {TEXT_UTF16, 0, false, false}},
	{"utf32", {TEXT_UTF32, 0, false, true}},
	{"utf32be", {TEXT_UTF32, 0, true, false}},
	{"utf32le", {TEXT_UTF32, 0, false, false}},
	{"utf8sig", {TEXT_SERVER, PG_UTF8, false, true}},
};

/* Python's prefixes of numbers and names for which PostgreSQL has others. */
static const struct
{
	const char *python;
	const char *server;
}			prefixes[] =
{
	{"cp", "win"},
	{"ms", "win"},
	{"ibm", "win"},
	{"l", "latin"},
	{"", "win"},
};

/* The name in small letters, without punctuation; palloc'd. */
static char *
clean_name(const char *name)
{
	char	   *clean = palloc(strlen(name) + 1);
	char	   *at = clean;

	for (; *name; name++)
		if (isalnum((unsigned char) *name))
			*at++ = pg_tolower((unsigned char) *name);
	*at = '\0';
	return clean;
}

/* PostgreSQL's number of an encoding; -1: it has none, or cannot convert it. */
static int
server_number(const char *clean)
{
	int			number = pg_char_to_encoding(clean);

	for (size_t i = 0; number < 0 && i < lengthof(prefixes); i++)
	{
		size_t		len = strlen(prefixes[i].python);

		if (strncmp(clean, prefixes[i].python, len) == 0 &&
			clean[len] && strspn(clean + len, "0123456789") == strlen(clean + len))
			number = pg_char_to_encoding(psprintf("%s%s", prefixes[i].server, clean + len));
	}
	if (number == PG_UTF8)
		return number;
	if (number < 0 || number == PG_SQL_ASCII ||
		!OidIsValid(FindDefaultConversionProc(PG_UTF8, number)) ||
		!OidIsValid(FindDefaultConversionProc(number, PG_UTF8)))
		return -1;
	return number;
}

bool
drs_textencoding_find(const char *name, TextEncoding *encoding)
{
	char	   *clean = clean_name(name);

	for (size_t i = 0; i < lengthof(python_names); i++)
		if (strcmp(clean, python_names[i].name) == 0)
		{
			*encoding = python_names[i].encoding;
			return true;
		}
	*encoding = (TextEncoding) {.form = TEXT_SERVER, .number = server_number(clean)};
	return encoding->number >= 0;
}

static void
append(ByteBuf *out, const void *bytes, size_t len)
{
	if (!drs_bytebuf_add(out, bytes, len))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory"),
				 errdetail("Failed on a text of %zu bytes.", out->len + len)));
}

/* Bytes at the start of a text that are whole characters, at most max. */
static size_t
whole_characters(int encoding, const char *text, size_t len, size_t max)
{
	size_t		at = 0;

	if (pg_encoding_max_length(encoding) == 1)
		return Min(len, max);
	while (at < len)
	{
		size_t		left = len - at;
		size_t		next;

		if (!IS_HIGHBIT_SET(text[at]))
			next = 1;
		else if (left == 1)		/* the length may depend on the second byte */
			break;
		else
			next = pg_encoding_mblen(encoding, text + at);
		if (next > left || at + next > max)
			break;
		at += next;
	}
	return at;
}

/* Convert whole characters with PostgreSQL's functions.  It has no text with a NUL. */
static void
convert(const char *text, size_t len, int from, int to, ByteBuf *out)
{
	char	   *result;

	if (from == to)
	{
		append(out, text, len);
		return;
	}
	if (memchr(text, '\0', len))
		report_invalid_encoding(from, "", 1);
	result = (char *) pg_do_encoding_conversion((unsigned char *) unconstify(char *, text),
												(int) len, from, to);
	append(out, result, strlen(result));
	if (result != text)
		pfree(result);
}

/* The text ends within a character, or has one that does not begin where one may. */
pg_noreturn static void
refuse_character(int encoding, const char *text, size_t len)
{
	report_invalid_encoding(encoding, text, (int) Min(len, MAX_MULTIBYTE_CHAR_LEN));
	pg_unreachable();
}

static void
write_ascii(const char *utf8, size_t len, ByteBuf *out)
{
	for (size_t i = 0; i < len; i++)
		if (IS_HIGHBIT_SET(utf8[i]))
			report_untranslatable_char(PG_UTF8, PG_SQL_ASCII, utf8 + i, (int) (len - i));
	append(out, utf8, len);
}

static void
write_unit(uint32 unit, int bytes, bool big_endian, ByteBuf *out)
{
	unsigned char unit_bytes[4];

	for (int i = 0; i < bytes; i++)
		unit_bytes[big_endian ? bytes - 1 - i : i] = (unsigned char) (unit >> (8 * i));
	append(out, unit_bytes, bytes);
}

static void
write_character(const TextEncoding *encoding, uint32 character, ByteBuf *out)
{
	if (encoding->form == TEXT_UTF32)
		write_unit(character, 4, encoding->big_endian, out);
	else if (character < 0x10000)
		write_unit(character, 2, encoding->big_endian, out);
	else
	{
		write_unit(0xD800 + ((character - 0x10000) >> 10), 2, encoding->big_endian, out);
		write_unit(0xDC00 + ((character - 0x10000) & 0x3FF), 2, encoding->big_endian, out);
	}
}

void
drs_textencoding_write(const TextEncoding *encoding, const char *utf8, size_t len, ByteBuf *out)
{
	while (len > 0)
	{
		size_t		piece = whole_characters(PG_UTF8, utf8, len, PIECE);

		CHECK_FOR_INTERRUPTS();
		if (piece == 0)
			refuse_character(PG_UTF8, utf8, len);
		if (encoding->form == TEXT_SERVER)
			convert(utf8, piece, PG_UTF8, encoding->number, out);
		else if (encoding->form == TEXT_ASCII)
			write_ascii(utf8, piece, out);
		else
			for (size_t at = 0; at < piece; at += pg_utf_mblen((const unsigned char *) utf8 + at))
				write_character(encoding, utf8_to_unicode((const unsigned char *) utf8 + at), out);
		utf8 += piece;
		len -= piece;
	}
}

static uint32
read_unit(const char *text, int bytes, bool big_endian)
{
	uint32		unit = 0;

	for (int i = 0; i < bytes; i++)
		unit |= (uint32) (unsigned char) text[big_endian ? bytes - 1 - i : i] << (8 * i);
	return unit;
}

static inline bool
is_low_surrogate(uint32 unit)
{
	return unit >= 0xDC00 && unit < 0xE000;
}

/*
 * Read a character of UTF-16 or UTF-32: its length, or 0 when it is incomplete.
 */
static size_t
read_character(const TextEncoding *encoding, const char *text, size_t len, uint32 *character)
{
	size_t		unit = encoding->form == TEXT_UTF32 ? 4 : 2;
	uint32		low;

	if (len < unit)
		return 0;
	*character = read_unit(text, (int) unit, encoding->big_endian);
	if (unit == 4 || *character < 0xD800 || *character > 0xDBFF)
		return unit;
	if (len < 4)
		return 0;
	low = read_unit(text + 2, 2, encoding->big_endian);
	if (!is_low_surrogate(low))
		return unit;			/* a surrogate alone, which the caller refuses */
	*character = 0x10000 + ((*character - 0xD800) << 10) + (low - 0xDC00);
	return 4;
}

static size_t
read_wide(const TextEncoding *encoding, const char *text, size_t len, ByteBuf *out)
{
	size_t		at = 0;
	size_t		next;
	uint32		character;

	while ((next = read_character(encoding, text + at, len - at, &character)) > 0)
	{
		unsigned char utf8[4];

		if (character == 0 || !is_valid_unicode_codepoint(character) ||
			(character >= 0xD800 && character < 0xE000))
			ereport(ERROR,
					(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
					 errmsg("invalid character in %s: U+%04X",
							encoding->form == TEXT_UTF32 ? "UTF-32" : "UTF-16", character)));
		unicode_to_utf8(character, utf8);
		append(out, utf8, pg_utf_mblen(utf8));
		at += next;
	}
	return at;
}

static size_t
read_ascii(const char *text, size_t len, ByteBuf *out)
{
	for (size_t i = 0; i < len; i++)
		if (IS_HIGHBIT_SET(text[i]))
			ereport(ERROR,
					(errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
					 errmsg("invalid character in ASCII: 0x%02x", (unsigned char) text[i])));
	append(out, text, len);
	return len;
}

size_t
drs_textencoding_read(const TextEncoding *encoding, const char *bytes, size_t len, ByteBuf *out)
{
	size_t		done = 0;

	if (encoding->form == TEXT_ASCII)
		return read_ascii(bytes, len, out);
	if (encoding->form != TEXT_SERVER)
		return read_wide(encoding, bytes, len, out);
	for (;;)
	{
		size_t		piece = whole_characters(encoding->number, bytes + done, len - done, PIECE);

		CHECK_FOR_INTERRUPTS();
		if (piece == 0)
			break;
		convert(bytes + done, piece, encoding->number, PG_UTF8, out);
		done += piece;
	}
	if (len - done >= MAX_MULTIBYTE_CHAR_LEN)
		refuse_character(encoding->number, bytes + done, len - done);
	return done;
}
