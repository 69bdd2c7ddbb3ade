/* A throw-away certificate authority, made at start, and the certificates it signs. */
#ifndef STANDIN_TLS_H
#define STANDIN_TLS_H

#include <stdbool.h>

struct tls_files
{
	char	   *key;			/* PEM, of the server */
	char	   *chain;			/* PEM */
	char	   *client_ca;		/* PEM; NULL: clients need no certificate */
};

/*
 * makes all of them, writes ca.pem, client.pem, client.key; false after reporting the error on
 * stderr
 */
bool		tls_make(const char *run_dir, bool client_auth, struct tls_files *files);
void		tls_free(struct tls_files *files);

/* also true if the server asks for no certificate */
bool		tls_client_is_known(void *session);

#endif
