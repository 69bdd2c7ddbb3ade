/*
 * mask.c
 *		Finds secrets in what a server sends back.  PostgreSQL licence.
 */
#include "postgres.h"

#include "mask.h"

/* The first place of the secret in text, or NULL. */
static char *
find_secret(const char *text, size_t len, const char *secret, size_t min_len)
{
	size_t		secret_len = strlen(secret);

	if (text == NULL || secret_len == 0 || secret_len < min_len)
		return NULL;
	return memmem(text, len, secret, secret_len);
}

void
drs_mask_secrets(char *text, size_t len, List *secrets, size_t min_len)
{
	ListCell   *lc;

	foreach(lc, secrets)
	{
		const char *secret = lfirst(lc);
		char	   *at = text;

		while ((at = find_secret(at, text + len - at, secret, min_len)) != NULL)
			memset(at, '*', strlen(secret));
	}
}

bool
drs_holds_secret(const char *text, size_t len, List *secrets, size_t min_len)
{
	ListCell   *lc;

	foreach(lc, secrets)
		if (find_secret(text, len, lfirst(lc), min_len) != NULL)
			return true;
	return false;
}
