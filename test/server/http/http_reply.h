/* An answer on its way: status, headers, body. Nothing here knows how it is sent. */
#ifndef STANDIN_HTTP_REPLY_H
#define STANDIN_HTTP_REPLY_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buffer.h"

enum { REPLY_HEADERS_MAX = 16 };

struct reply_header
{
	const char *name;
	char		value[256];
};

struct reply
{
	bool		ready;
	int			status;
	const char *content_type;	/* NULL: none */
	struct buffer body;
	int			n_headers;
	struct reply_header headers[REPLY_HEADERS_MAX];
};

void		reply_header(struct reply *r, const char *name, const char *format, ...)
			__attribute__((format(printf, 3, 4)));

/* {"message": "..."} */
void		reply_error(struct reply *r, int status, const char *format, ...)
			__attribute__((format(printf, 3, 4)));

/* {"message": text}: the text may hold anything, it is escaped and cut to valid UTF-8 */
void		reply_message(struct reply *r, int status, const char *text, size_t len);

/* {"message": {key: text}}: as the service writes complaints about a parameter's value */
void		reply_message_of(struct reply *r, int status, const char *key, const char *text,
							 size_t len);

/* replace what is there by this body */
void		reply_set(struct reply *r, int status, const char *content_type, const char *body);

/* the same with this value as the body, which it takes over */
void		reply_json_value(struct reply *r, int status, json_t *json);
void		reply_clear(struct reply *r);

#endif
