/*
 * The latest requests as they arrived, for tests of what a client sends: address with query,
 * headers (of secrets only that they were there), the start of the body.
 */
#ifndef STANDIN_JOURNAL_H
#define STANDIN_JOURNAL_H

#include <jansson.h>

struct request;

/* the header has arrived: starts r->journal */
void		journal_begin(struct request *r);

/* the reply is decided: keeps the entry, once, before the client can see the reply */
void		journal_end(struct request *r);

/* the oldest first; the caller owns it */
json_t	   *journal_read(void);
void		journal_reset(void);

#endif
