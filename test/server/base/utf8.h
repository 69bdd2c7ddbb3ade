/* UTF-8 as RFC 3629 defines it: no surrogates, nothing overlong, nothing above U+10FFFF. */
#ifndef STANDIN_UTF8_H
#define STANDIN_UTF8_H

#include <stddef.h>

/* length in bytes of the character at the start of the text; 0 if it is invalid */
size_t		utf8_char(const char *text, size_t len);

/* offset of the first invalid byte; len if there is none */
size_t		utf8_check(const char *text, size_t len);

/* number of characters of a valid text */
size_t		utf8_count(const char *text, size_t len);

#endif
