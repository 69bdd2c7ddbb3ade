/* The command line. */
#ifndef STANDIN_COMMAND_LINE_H
#define STANDIN_COMMAND_LINE_H

#include <stdbool.h>

struct options
{
	const char *run_dir;
	const char *models;
	const char *token;
	const char *key;
	bool		no_key;			/* self-managed: clients need no datarobot-key */
	const char *user;			/* may ask for the token, with the password */
	const char *password;
	const char *buckets;		/* folder of what batch jobs reach elsewhere; NULL: none */
	const char *database;		/* what data stores lead to: a connection string; NULL: nowhere */
	const char *portable;		/* deployment of the portable server for one model */
	int			http_port;
	int			https_port;
	int			threads;
	bool		client_auth;	/* TLS clients must show a certificate of our CA */
	bool		watch_stdin;
};

extern struct options options;

/* false after reporting the error on stderr */
bool		command_line_read(int argc, char **argv);

#endif
