/* A throw-away authority, made at start, and what it signs. */
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
 * makes everything and writes ca.pem, client.pem and client.key; false after saying why on stderr
 */
bool		tls_make(const char *run_dir, bool client_auth, struct tls_files *files);
void		tls_free(struct tls_files *files);

/* true too if no certificate is asked for */
bool		tls_client_is_known(void *session);

#endif
