/*
 * Replies that no HTTP library would send: cut off, dripping, with a wrong length, ended by a
 * reset. A thread per reply writes to the socket of the suspended connection, or to its TLS
 * session.
 */
#ifndef STANDIN_RAW_H
#define STANDIN_RAW_H

#include <stdbool.h>

struct request;

/* does the request's fault need such a reply? */
bool		raw_needed(const struct request *r);

/* takes over: the connection is suspended, and ends when everything is written */
void		raw_send(struct request *r);

/* resets the connection at once, which is dead afterwards */
void		raw_reset(int fd);

void		raw_stop(void);

#endif
