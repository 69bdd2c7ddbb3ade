/* The command line. */
#ifndef STANDIN_OPTIONS_H
#define STANDIN_OPTIONS_H

#include <stdbool.h>

struct options
{
	const char *run_dir;
	const char *models;
	const char *token;
	const char *key;
	int			http_port;
	int			https_port;
	int			threads;
	bool		client_auth;	/* TLS clients must show a certificate of our CA */
	bool		watch_stdin;
};

extern struct options options;

/* false after saying why on stderr */
bool		options_read(int argc, char **argv);

#endif
