/*
 * secretfile.c
 *		Reads a secret from a file, under the rules that PostgreSQL has for its
 *		own TLS key: nobody else may be able to read it.
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/fd.h"

#include "base/headertext.h"
#include "config/secretfile.h"

#define MAX_SECRET_BYTES 4096	/* tokens have some hundred bytes; a header line has to fit 8 kB */

/*
 * Raise when others can read the file.  Only if root owns it may the group
 * read it, as for ssl_key_file.
 */
static void
check_permissions(const struct stat *st, const char *path, const char *option)
{
	mode_t		forbidden = st->st_uid == 0 ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO;

	if (!S_ISREG(st->st_mode))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("file \"%s\" of option \"%s\" is not a regular file", path, option)));
	if (st->st_uid != geteuid() && st->st_uid != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("file \"%s\" of option \"%s\" is owned by another user", path, option),
				 errdetail("It must be owned by the database server's user or by root.")));
	if (st->st_mode & forbidden)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("file \"%s\" of option \"%s\" can be read by others", path, option),
				 errdetail("Its permissions must be 0600 or less, or 0640 or less when root owns"
						   " it.")));
}

/* Cut the line end off, in place, and raise unless the rest can be part of a header line. */
static char *
clean_secret(char *text, size_t size, const char *path, const char *option)
{
	size_t		len = strcspn(text, "\r\n");
	bool		single_line = len + strspn(text + len, "\r\n") == size;	/* and no NUL in it */

	text[len] = '\0';
	if (len == 0 || !single_line || !drs_is_header_word(text))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("file \"%s\" of option \"%s\" does not contain a secret", path, option),
				 errdetail("It must contain one line of printable ASCII without spaces.")));
	return text;
}

char *
drs_secret_file_read(const char *path, const char *option)
{
	char	   *text = palloc(MAX_SECRET_BYTES + 1);
	struct stat st;
	ssize_t		len;
	int			fd;

	/* O_NONBLOCK: opening a FIFO must not wait for a writer before we can refuse it */
	fd = OpenTransientFile(path, O_RDONLY | O_NONBLOCK | PG_BINARY);
	if (fd < 0 || fstat(fd, &st) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\" of option \"%s\": %m", path, option)));
	check_permissions(&st, path, option);
	len = read(fd, text, MAX_SECRET_BYTES + 1);
	if (len < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read file \"%s\" of option \"%s\": %m", path, option)));
	CloseTransientFile(fd);
	if (len > MAX_SECRET_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("file \"%s\" of option \"%s\" is longer than %d bytes", path, option,
						MAX_SECRET_BYTES)));
	text[len] = '\0';
	return clean_secret(text, len, path, option);
}
