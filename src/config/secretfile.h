/*
 * secretfile.h
 *		Reads a token or key from a file of the server's machine.
 */
#ifndef DRS_SECRETFILE_H
#define DRS_SECRETFILE_H

/*
 * The secret in that file, palloc'd, without its line end.  option names the
 * option in messages.  Raises when the file cannot be read, when others can
 * read it too, or when its content could not be a header value; the content
 * itself is never part of a message.
 */
extern char *drs_secret_file_read(const char *path, const char *option);

#endif							/* DRS_SECRETFILE_H */
