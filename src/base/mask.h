/*
 * mask.h
 *		A server may repeat what it was sent, secrets included.
 */
#ifndef DRS_MASK_H
#define DRS_MASK_H

#include "nodes/pg_list.h"

#include "base/bytebuf.h"

/*
 * Secrets shorter than this are also found by accident, in numbers and names.
 * API tokens and keys of DataRobot have 36 bytes or more.
 */
#define DRS_TELLING_SECRET 16

/*
 * Overwrite each secret (of char *) of at least min_len
 * bytes with asterisks, wherever it stands.  Never raises.
 */
extern void drs_mask_secrets(char *text, size_t len, List *secrets, size_t min_len);

/* Does a secret of at least min_len bytes stand in these bytes?  Never raises. */
extern bool drs_holds_secret(const char *text, size_t len, List *secrets, size_t min_len);

/*
 * The same of bytes that come in pieces: does a secret end in this one, though
 * it may have begun in those before?  seam, empty at first, is what of them
 * has to be remembered; it stays as it is until drs_seam_move() is told that the
 * piece is done with.  Out of memory counts as a secret.  Never raise.
 */
extern bool drs_seam_holds_secret(const ByteBuf *seam, const char *piece, size_t len,
								  List *secrets, size_t min_len);
extern bool drs_seam_move(ByteBuf *seam, const char *piece, size_t len, List *secrets);

#endif							/* DRS_MASK_H */
