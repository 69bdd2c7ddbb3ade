/*
 * Replies no HTTP library would send: cut off, dripping, with a wrong length, ended by a reset.
 * They are written to the suspended connection's socket (or its TLS session) by a thread of their
 * own.
 */
#ifndef STANDIN_RAW_H
#define STANDIN_RAW_H

#include <stdbool.h>

struct request;

/* does the request's fault need this? */
bool		raw_needed(const struct request *r);

/* take over: the connection is suspended, and ends when everything is written */
void		raw_send(struct request *r);

/* answer by a reset at once; the connection is dead afterwards */
void		raw_reset(int fd);

void		raw_stop(void);

#endif
