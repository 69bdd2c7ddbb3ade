/*
 * mask.c
 *		Finds secrets in what a server sends, also when JSON escapes their
 *		characters.
 */
#include "postgres.h"

#include "base/mask.h"

/* The longest spelling of a character, \u0041. */
#define LONGEST_SPELLING 6

/*
 * How many bytes at text are the character c, as it is or escaped in JSON; 0
 * when it is another.
 */
static size_t
spelling(const char *text, const char *end, char c)
{
	static const char digits[] = "0123456789abcdef";

	if (end - text >= LONGEST_SPELLING && memcmp(text, "\\u00", 4) == 0 &&
		pg_tolower((unsigned char) text[4]) == digits[(unsigned char) c >> 4] &&
		pg_tolower((unsigned char) text[5]) == digits[(unsigned char) c & 15])
		return LONGEST_SPELLING;
	if (end - text >= 2 && text[0] == '\\' && text[1] == c && (c == '/' || c == '"' || c == '\\'))
		return 2;
	return text < end && *text == c ? 1 : 0;
}

/* How many bytes at text are the secret, in any spelling; 0 when it is not there. */
static size_t
match(const char *text, const char *end, const char *secret)
{
	const char *at = text;

	for (; *secret; secret++)
	{
		size_t		len = spelling(at, end, *secret);

		if (len == 0)
			return 0;
		at += len;
	}
	return at - text;
}

/*
 * The first place of the secret in text, with its length there in *found_len;
 * NULL when there is none.
 */
static char *
find_secret(const char *text, size_t len, const char *secret, size_t min_len, size_t *found_len)
{
	size_t		secret_len = strlen(secret);
	const char *end = text + len;
	const char *found;

	if (text == NULL || secret_len == 0 || secret_len < min_len)
		return NULL;
	found = memmem(text, len, secret, secret_len);
	*found_len = secret_len;
	/* other spellings have a backslash */
	if (found == NULL && memchr(text, '\\', len) != NULL)
		for (const char *at = text; found == NULL && at < end; at++)
			if ((*at == '\\' || *at == *secret) && (*found_len = match(at, end, secret)) > 0)
				found = at;
	return unconstify(char *, found);
}

void
drs_mask_secrets(char *text, size_t len, List *secrets, size_t min_len)
{
	ListCell   *lc;

	foreach(lc, secrets)
	{
		char	   *at = text;
		size_t		found_len;

		while ((at = find_secret(at, text + len - at, lfirst(lc), min_len, &found_len)) != NULL)
			memset(at, '*', found_len);
	}
}

bool
drs_holds_secret(const char *text, size_t len, List *secrets, size_t min_len)
{
	ListCell   *lc;
	size_t		found_len;

	foreach(lc, secrets)
		if (find_secret(text, len, lfirst(lc), min_len, &found_len) != NULL)
			return true;
	return false;
}

/* Bytes of the longest secret in its longest spelling, without its last byte. */
static size_t
longest_begin(List *secrets)
{
	size_t		longest = 0;
	ListCell   *lc;

	foreach(lc, secrets)
		longest = Max(longest, strlen(lfirst(lc)) * LONGEST_SPELLING);
	return longest > 0 ? longest - 1 : 0;
}

bool
drs_seam_holds_secret(const ByteBuf *seam, const char *piece, size_t len, List *secrets,
					  size_t min_len)
{
	ByteBuf		both;
	bool		found;

	if (drs_holds_secret(piece, len, secrets, min_len))
		return true;
	drs_bytebuf_init(&both, SIZE_MAX);
	found = !drs_bytebuf_add(&both, seam->data, seam->len) ||
		!drs_bytebuf_add(&both, piece, Min(len, longest_begin(secrets))) ||
		drs_holds_secret(both.data, both.len, secrets, min_len);
	drs_bytebuf_free(&both);
	return found;
}

bool
drs_seam_move(ByteBuf *seam, const char *piece, size_t len, List *secrets)
{
	size_t		kept = longest_begin(secrets);
	size_t		taken = Min(len, kept);

	if (!drs_bytebuf_add(seam, piece + len - taken, taken))
		return false;
	if (seam->len > kept)
		drs_bytebuf_drop(seam, seam->len - kept);
	return true;
}
