/*
 * secretfile.h
 *		Reads a token or key from a file on the server's machine.
 */
#ifndef DRS_SECRETFILE_H
#define DRS_SECRETFILE_H

/*
 * The secret in that file, palloc'd, without its line end; option is the
 * option's name, for messages.  Raises when the file cannot be read, when
 * others can read it, too, or when its content could not be part of a header.
 * No message contains the content.
 */
extern char *drs_secret_file_read(const char *path, const char *option);

#endif							/* DRS_SECRETFILE_H */
