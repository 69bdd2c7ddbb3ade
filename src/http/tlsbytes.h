/*
 * tlsbytes.h
 *		Bytes that libcurl's TLS library has taken from a socket and not handed
 *		on.
 */
#ifndef DRS_TLSBYTES_H
#define DRS_TLSBYTES_H

/*
 * Does the connection of this CURL hold any?  To be called while the CURL has
 * a connection.  False where its TLS library does not tell.  Never raises.
 */
extern bool drs_tls_holds_bytes(void *easy);

#endif							/* DRS_TLSBYTES_H */
