/*
 * headertext.h
 *		What may be part of a header line or of a request line: no byte that
 *		could end the line, and none that servers interpret differently.
 *
 * RFC 9110, 5.5, also allows tabs and bytes above 127, which we do not need.
 */
#ifndef DRS_HEADERTEXT_H
#define DRS_HEADERTEXT_H

/* May the value of a header contain it?  Yes for printable ASCII, including the space. */
static inline bool
drs_is_header_char(char c)
{
	return c >= ' ' && c <= '~';
}

/* May a text be the value of a header?  Not if it begins with a space; it may be empty. */
static inline bool
drs_is_header_safe(const char *text)
{
	if (*text == ' ')
		return false;
	while (drs_is_header_char(*text))
		text++;
	return *text == '\0';
}

/* May a text be a secret, key or URL in a header?  It may not contain a space. */
static inline bool
drs_is_header_word(const char *text)
{
	while (drs_is_header_char(*text) && *text != ' ')
		text++;
	return *text == '\0';
}

#endif							/* DRS_HEADERTEXT_H */
