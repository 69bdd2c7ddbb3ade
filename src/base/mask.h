/*
 * mask.h
 *		Finds and masks secrets in what a server sends: it may repeat what it
 *		was sent.
 */
#ifndef DRS_MASK_H
#define DRS_MASK_H

#include "nodes/pg_list.h"

#include "base/bytebuf.h"

/*
 * Bytes of a secret that is unlikely to be found by chance, in numbers and
 * names.  API tokens and keys of DataRobot have at least 36.
 */
#define DRS_TELLING_SECRET 16

/*
 * Overwrite each secret (of char *) of at least min_len bytes with asterisks,
 * wherever it is found.  Never raises.
 */
extern void drs_mask_secrets(char *text, size_t len, List *secrets, size_t min_len);

/* Do these bytes contain a secret of at least min_len bytes?  Never raises. */
extern bool drs_holds_secret(const char *text, size_t len, List *secrets, size_t min_len);

/*
 * The same for bytes that come in pieces: does this piece contain a secret, or
 * the rest of one that began in pieces before?  seam, empty at first, has the
 * bytes of those that are needed.  True also when memory is exhausted.  Never
 * raises.
 */
extern bool drs_seam_holds_secret(const ByteBuf *seam, const char *piece, size_t len,
								  List *secrets, size_t min_len);

/*
 * Add a piece to the seam, after it was looked at.  False when memory is
 * exhausted.  Never raises.
 */
extern bool drs_seam_move(ByteBuf *seam, const char *piece, size_t len, List *secrets);

#endif							/* DRS_MASK_H */
