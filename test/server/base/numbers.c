#include "base/numbers.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"

static int
print_special(char *out, double value)
{
	if (isnan(value))
		return sprintf(out, "NaN");
	return sprintf(out, value > 0 ? "Infinity" : "-Infinity");
}

/* Prints n / 10^decimals, with all the decimals. */
static int
print_fixed(char *out, bool negative, uint64_t n, int decimals)
{
	char		digits[24];
	int			count = 0;
	int			len = 0;

	do
		digits[count++] = (char) ('0' + n % 10);
	while ((n /= 10) > 0 || count <= decimals);
	if (negative)
		out[len++] = '-';
	while (count > 0)
	{
		if (count == decimals)
			out[len++] = '.';
		out[len++] = digits[--count];
	}
	out[len] = '\0';
	return len;
}

/*
 * The usual case, without printf: finds the decimal fraction n / 10^decimals that rounds to the
 * value. Both numbers are exact doubles, so their quotient is the double nearest to the fraction.
 * If that is halfway between two floats, its own rounding could decide between them: then, and if
 * no fraction fits, the result is 0 and the slow way has to do it.
 */
static int
print_short(char *out, float value)
{
	static const double powers[] = {1e0, 1e1, 1e2, 1e3,  1e4,  1e5,  1e6,
									1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13};
	double		size = fabs((double) value);

	if (!(size >= 1e-4 && size < 1e6))
		return 0;
	for (int decimals = 0; decimals < (int) (sizeof powers / sizeof *powers); decimals++)
	{
		double		n = floor(size * powers[decimals] + 0.5);
		double		quotient = n / powers[decimals];
		uint64_t	bits;

		if (n >= 1e9)
			return 0;
		if ((float) quotient != (float) size)
			continue;
		memcpy(&bits, &quotient, sizeof bits);
		if ((bits & 0x1fffffff) == 0x10000000)
			return 0;
		return print_fixed(out, value < 0, (uint64_t) n, decimals);
	}
	return 0;
}

int
number_print_float(char *out, float value)
{
	int			len;

	if (!isfinite(value))
		return print_special(out, (double) value);
	len = print_short(out, value);
	for (int digits = 6; len == 0 && digits <= 9; digits++)
	{
		len = sprintf(out, "%.*g", digits, (double) value);
		if (digits < 9 && strtof(out, NULL) != value)
			len = 0;
	}
	return len;
}

int
number_print_double(char *out, double value)
{
	int			len = 0;

	if (!isfinite(value))
		return print_special(out, value);
	for (int digits = 15; digits <= 17; digits++)
	{
		len = sprintf(out, "%.*g", digits, value);
		if (strtod(out, NULL) == value)
			break;
	}
	return len;
}

int
number_print_decimals(char *out, float value, int decimals)
{
	int			len;

	if (decimals == DECIMALS_ANY || !isfinite(value))
		return number_print_float(out, value);
	if (decimals == DECIMALS_SIX)
		return print_fixed(out, false, (uint64_t) llround((double) value * 1e6), 6);
	len = sprintf(out, "%.*f", decimals, (double) value);
	if (memchr(out, '.', (size_t) len))
	{
		while (out[len - 1] == '0')
			len--;
		if (out[len - 1] == '.')
			len--;
		out[len] = '\0';
	}
	if (strcmp(out, "-0") == 0)
		return sprintf(out, "0");
	return len;
}

void
number_write(struct buffer *out, float value, int decimals)
{
	buffer_reserve(out, NUMBER_TEXT_MAX);
	out->len += (size_t) number_print_decimals(out->data + out->len, value, decimals);
}

void
number_write_double(struct buffer *out, double value)
{
	buffer_reserve(out, NUMBER_TEXT_MAX);
	out->len += (size_t) number_print_double(out->data + out->len, value);
}

bool
number_parse(const char *text, size_t len, double *value)
{
	char		copy[NUMBER_TEXT_MAX];
	char	   *end;

	while (len && isspace((unsigned char) *text))
		text++, len--;
	while (len && isspace((unsigned char) text[len - 1]))
		len--;
	if (len == 0 || len >= sizeof copy || memchr(text, 'x', len) || memchr(text, 'X', len))
		return false;
	memcpy(copy, text, len);
	copy[len] = '\0';
	*value = strtod(copy, &end);
	return end == copy + len;
}

static size_t
skip_digits(const char *text, size_t len, size_t at)
{
	while (at < len && isdigit((unsigned char) text[at]))
		at++;
	return at;
}

bool
number_is_json(const char *text, size_t len)
{
	size_t		at = len && text[0] == '-' ? 1 : 0;
	size_t		start = at;

	at = skip_digits(text, len, at);
	if (at == start || (text[start] == '0' && at - start > 1))
		return false;
	if (at < len && text[at] == '.')
	{
		start = ++at;
		at = skip_digits(text, len, at);
		if (at == start)
			return false;
	}
	if (at < len && (text[at] == 'e' || text[at] == 'E'))
	{
		at++;
		if (at < len && (text[at] == '+' || text[at] == '-'))
			at++;
		start = at;
		at = skip_digits(text, len, at);
		if (at == start)
			return false;
	}
	return at == len;
}

bool
truth_parse(const char *text, bool *value)
{
	static const char *const yes[] = {"t", "true", "y", "yes", "on", "1", "1.0"};
	static const char *const no[] = {"false", "n", "no", "off", "0", "none", "0.0"};

	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
	{
		*value = strcasecmp(text, yes[i]) == 0;
		if (*value || strcasecmp(text, no[i]) == 0)
			return true;
	}
	return false;
}
