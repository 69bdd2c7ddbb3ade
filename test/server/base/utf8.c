#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static bool
tails(const unsigned char *s, size_t count)
{
	for (size_t i = 1; i <= count; i++)
		if ((s[i] & 0xc0) != 0x80)
			return false;
	return true;
}

size_t
utf8_char(const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *) text;

	if (len == 0)
		return 0;
	if (s[0] < 0x80)
		return 1;
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		return len >= 2 && tails(s, 1) ? 2 : 0;
	if (s[0] >= 0xe0 && s[0] <= 0xef)
	{
		if (len < 3 || !tails(s, 2) || (s[0] == 0xe0 && s[1] < 0xa0) ||
			(s[0] == 0xed && s[1] > 0x9f))
			return 0;
		return 3;
	}
	if (s[0] >= 0xf0 && s[0] <= 0xf4)
	{
		if (len < 4 || !tails(s, 3) || (s[0] == 0xf0 && s[1] < 0x90) ||
			(s[0] == 0xf4 && s[1] > 0x8f))
			return 0;
		return 4;
	}
	return 0;
}

size_t
utf8_check(const char *text, size_t len)
{
	size_t		at = 0;

	while (at < len)
	{
		uint64_t	eight;
		size_t		width;

		if (len - at >= 8)
		{
			memcpy(&eight, text + at, 8);
			if (!(eight & 0x8080808080808080u))
			{
				at += 8;
				continue;
			}
		}
		width = utf8_char(text + at, len - at);
		if (width == 0)
			return at;
		at += width;
	}
	return len;
}

/* Counts the bytes that do not continue a character. */
size_t
utf8_count(const char *text, size_t len)
{
	size_t		count = 0;

	for (size_t i = 0; i < len; i++)
		count += ((unsigned char) text[i] & 0xc0) != 0x80;
	return count;
}
