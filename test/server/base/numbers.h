/* Numbers to text and back, the same whatever the locale. */
#ifndef STANDIN_NUMBERS_H
#define STANDIN_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>

struct buffer;

enum { NUMBER_TEXT_MAX = 352, DECIMALS_ANY = -1, DECIMALS_SIX = -2 };

/* the fewest digits that read back as the same value; returns the length */
int			number_print_float(char *out, float value);
int			number_print_double(char *out, double value);

/*
 * At most this many decimals, without trailing zeros. DECIMALS_ANY: the fewest digits that read
 * back as the same value. DECIMALS_SIX: always six, for values from 0 to 1.
 */
int			number_print_decimals(char *out, float value, int decimals);

/* the same at the end of a buffer */
void		number_write(struct buffer *out, float value, int decimals);
void		number_write_double(struct buffer *out, double value);

/* a number, NaN or infinity with at most spaces around it; not in hexadecimal */
bool		number_parse(const char *text, size_t len, double *value);

/* the service's booleans, upper or lower case; numbers.c lists them */
bool		truth_parse(const char *text, bool *value);

/* is this text a number by JSON's grammar? */
bool		number_is_json(const char *text, size_t len);

#endif
