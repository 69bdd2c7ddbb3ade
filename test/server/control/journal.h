/*
 * The last requests as they came, for tests of what a client sends: address with its query, headers
 * (of secrets only that they were there), the start of the body.
 */
#ifndef STANDIN_JOURNAL_H
#define STANDIN_JOURNAL_H

#include <jansson.h>

struct request;

/* the header is here: r->journal */
void		journal_begin(struct request *r);

/* its reply is decided: keep it, before the client can know; once */
void		journal_end(struct request *r);

/* the oldest first; the caller owns it */
json_t	   *journal_read(void);
void		journal_reset(void);

#endif
