#include "base/csv_output.h"

#include <stdbool.h>
#include <string.h>

void
csv_write_field(struct buffer *b, const char *text, size_t len)
{
	bool		quote = false;

	for (size_t i = 0; i < len && !quote; i++)
		quote = text[i] == ',' || text[i] == '"' || text[i] == '\n' || text[i] == '\r';
	if (!quote)
	{
		buffer_append(b, text, len);
		return;
	}
	buffer_byte(b, '"');
	for (size_t i = 0; i < len; i++)
	{
		if (text[i] == '"')
			buffer_byte(b, '"');
		buffer_byte(b, text[i]);
	}
	buffer_byte(b, '"');
}

void
csv_write_text(struct buffer *b, const char *text)
{
	csv_write_field(b, text, strlen(text));
}
