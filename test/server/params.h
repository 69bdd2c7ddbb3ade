/*
 * The query parameters of a prediction request: names, types, and which of them this service can
 * do.
 */
#ifndef STANDIN_PARAMS_H
#define STANDIN_PARAMS_H

#include <stdbool.h>
#include <stddef.h>

struct MHD_Connection;
struct reply;

struct parameters
{
	size_t		n_passthrough;
	char	  **passthrough;	/* names, each once */
	bool		passthrough_all;
	int			decimals;
};

/* false: an error is in the reply */
bool params_read(struct MHD_Connection *connection, struct parameters *p, struct reply *reply);
void		params_free(struct parameters *p);

#endif
