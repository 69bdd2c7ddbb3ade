/*
 * mask.c
 *		Overwrites secrets in what a server sends back.  PostgreSQL licence.
 */
#include "postgres.h"

#include "mask.h"

void
drs_mask_secrets(char *text, size_t len, List *secrets)
{
	ListCell   *lc;

	foreach(lc, secrets)
	{
		const char *secret = lfirst(lc);
		size_t		secret_len = strlen(secret);
		char	   *at = text;

		while (secret_len > 0 && at && (at = memmem(at, len - (at - text), secret, secret_len)) != NULL)
			memset(at, '*', secret_len);
	}
}
