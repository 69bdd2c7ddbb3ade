/*
 * tlsbytes.h
 *		Bytes that libcurl's TLS library has taken from a socket and not passed on.
 */
#ifndef DRS_TLSBYTES_H
#define DRS_TLSBYTES_H

/*
 * Are there any, on the connection of this CURL?  To be called while it has one.
 * False if the TLS library does not say.  Never raises.
 */
extern bool drs_tls_holds_bytes(void *easy);

#endif							/* DRS_TLSBYTES_H */
