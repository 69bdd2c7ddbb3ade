/*
 * encode_internal.c
 *		What the ways to write a row share.
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "encode/encode_internal.h"

const char *
drs_convert_to_utf8(const char *text, size_t *len)
{
	const char *converted = pg_server_to_any(text, *len, PG_UTF8);

	if (converted != text)
		*len = strlen(converted);
	else						/* SQL_ASCII promises nothing about its bytes */
		(void) pg_verify_mbstr(PG_UTF8, text, *len, false);
	return converted;
}
