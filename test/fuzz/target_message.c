/*
 * target_message.c
 *		Fuzzes the bodies of errors: any bytes become one line that may be
 *		shown and contains no secret, and nothing raises.
 *
 *		input:  number of bytes to cut to | body
 */
#include "postgres.h"

#include "fuzz.h"
#include "guard.h"
#include "base/servermessage.h"

#define SECRET "Sekret-0123456789"

static void
run(const uint8_t *data, size_t size)
{
	size_t		len = size > 0 ? size - 1 : 0;
	size_t		max = size > 0 ? data[0] : 0;
	char	   *body = malloc(len);	/* of the exact size */
	char	   *text;

	if (len > 0)
		memcpy(body, data + 1, len);
	text = drs_server_message(body, len, list_make2("", SECRET));
	if (text)
	{
		FUZZ_CHECK(text[0] != '\0' && text[0] != ' ' && text[strlen(text) - 1] != ' ');
		FUZZ_CHECK(strstr(text, SECRET) == NULL);
		drs_fuzz_check_text(text, 500, true);
	}
	drs_fuzz_check_text(drs_one_line(body, len, max), max, true);
	free(body);
}

const FuzzTarget drs_fuzz_message = {"message", NULL, run, (const int[]) {0}};
