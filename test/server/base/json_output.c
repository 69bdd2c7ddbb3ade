#include "base/json_output.h"

#include <string.h>

#include "base/utf8.h"

void
json_write_string(struct buffer *b, const char *text, size_t len)
{
	size_t		at = 0;

	buffer_byte(b, '"');
	while (at < len)
	{
		unsigned char c = (unsigned char) text[at];
		size_t		width = utf8_char(text + at, len - at);

		if (width == 0)
			buffer_text(b, "\xef\xbf\xbd");
		else if (c == '"' || c == '\\')
			buffer_print(b, "\\%c", c);
		else if (c == '\n')
			buffer_text(b, "\\n");
		else if (c < 0x20)
			buffer_print(b, "\\u%04x", c);
		else
			buffer_append(b, text + at, width);
		at += width ? width : 1;
	}
	buffer_byte(b, '"');
}

void
json_write_text(struct buffer *b, const char *text)
{
	json_write_string(b, text, strlen(text));
}
