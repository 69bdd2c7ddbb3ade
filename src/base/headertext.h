/*
 * headertext.h
 *		What may be part of a header line or of a request line: no byte that
 *		could end the line, and none that servers read differently.
 *
 * RFC 9110, 5.5, also allows tabs and bytes above 127, which nothing of ours
 * needs.
 */
#ifndef DRS_HEADERTEXT_H
#define DRS_HEADERTEXT_H

/* May the value of a header contain it?  Printable ASCII, with the space. */
static inline bool
drs_is_header_char(char c)
{
	return c >= ' ' && c <= '~';
}

/* May a text be the value of a header?  It does not begin with a space; the empty one may. */
static inline bool
drs_is_header_safe(const char *text)
{
	if (*text == ' ')
		return false;
	while (drs_is_header_char(*text))
		text++;
	return *text == '\0';
}

/* Is it so without any space, as secrets, keys and URLs have to be? */
static inline bool
drs_is_header_word(const char *text)
{
	while (drs_is_header_char(*text) && *text != ' ')
		text++;
	return *text == '\0';
}

#endif							/* DRS_HEADERTEXT_H */
