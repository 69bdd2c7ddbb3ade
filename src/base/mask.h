/*
 * mask.h
 *		A server may repeat what it was sent, secrets included.
 */
#ifndef DRS_MASK_H
#define DRS_MASK_H

#include "nodes/pg_list.h"

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

#endif							/* DRS_MASK_H */
