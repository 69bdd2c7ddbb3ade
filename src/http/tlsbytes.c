/*
 * tlsbytes.c
 *		Asks the TLS library that libcurl is linked with.
 */
#include "postgres.h"

#include "base/pgcurl.h"
#include "http/tlsbytes.h"

/*
 * A record is taken from the socket as a whole, but libcurl 7 reads only what belongs
 * to the answer.  Nothing else shows what comes after it.  These are functions of the
 * library that libcurl is linked with, whichever that is; we are linked with none.
 */
extern int	SSL_has_pending(const void *ssl) __attribute__((weak));
extern size_t gnutls_record_check_pending(void *session) __attribute__((weak));

bool
drs_tls_holds_bytes(void *easy)
{
	struct curl_tlssessioninfo *session = NULL;

	if (curl_easy_getinfo((CURL *) easy, CURLINFO_TLS_SSL_PTR, &session) != CURLE_OK ||
		session == NULL || session->internals == NULL)
		return false;
	if (session->backend == CURLSSLBACKEND_OPENSSL && SSL_has_pending)
		return SSL_has_pending(session->internals) == 1;
	if (session->backend == CURLSSLBACKEND_GNUTLS && gnutls_record_check_pending)
		return gnutls_record_check_pending(session->internals) > 0;
	return false;
}
