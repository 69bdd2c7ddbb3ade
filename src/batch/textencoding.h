/*
 * textencoding.h
 *		Encodings of text by the names that Python has for them (docs/api.md 2.5).
 *
 * Those that PostgreSQL can convert, and UTF-16 and UTF-32, which it does not know.
 */
#ifndef DRS_TEXTENCODING_H
#define DRS_TEXTENCODING_H

#include "mb/pg_wchar.h"

#include "base/bytebuf.h"

typedef enum TextForm
{
	TEXT_SERVER,				/* as PostgreSQL converts it */
	TEXT_ASCII,
	TEXT_UTF16,
	TEXT_UTF32
} TextForm;

typedef struct TextEncoding
{
	TextForm	form;
	int			number;			/* TEXT_SERVER: PostgreSQL's number */
	bool		big_endian;		/* UTF-16, UTF-32 */
	bool		marked;			/* texts begin with U+FEFF: "utf-8-sig", "utf-16" */
} TextEncoding;

/*
 * Find an encoding by a name that Python knows, or PostgreSQL, in any case and with any
 * punctuation.  False: it is none that can be converted.
 */
extern bool drs_textencoding_find(const char *name, TextEncoding *encoding);

/* Is it UTF-8 without a mark? */
static inline bool
drs_textencoding_is_utf8(const TextEncoding *encoding)
{
	return encoding->form == TEXT_SERVER && encoding->number == PG_UTF8 && !encoding->marked;
}

/*
 * Append whole characters of UTF-8, in this encoding, to out.  Raises 22P05 for one that
 * the encoding does not have, and 53200 when out cannot have them.
 */
extern void drs_textencoding_write(const TextEncoding *encoding, const char *utf8, size_t len,
								   ByteBuf *out);

/*
 * Append whole characters of this encoding, as UTF-8, to out, and return how many bytes
 * they have: len, unless the last character is incomplete.  Raises 22021 for bytes that are
 * no character, and 53200 as before.
 */
extern size_t drs_textencoding_read(const TextEncoding *encoding, const char *bytes, size_t len,
									ByteBuf *out);

#endif							/* DRS_TEXTENCODING_H */
