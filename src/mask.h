/*
 * mask.h
 *		A server may repeat what it was sent, secrets included.  PostgreSQL licence.
 */
#ifndef DRS_MASK_H
#define DRS_MASK_H

#include "nodes/pg_list.h"

/* Overwrite every occurrence of a secret (of char *) in these bytes with asterisks.  Never raises. */
extern void drs_mask_secrets(char *text, size_t len, List *secrets);

#endif							/* DRS_MASK_H */
