/* An answer before it is sent: status, headers, body. */
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

/* Replaces one of the same name: clients may refuse two, as libcurl 8.23 does for Location. */
void		reply_header(struct reply *r, const char *name, const char *format, ...)
			__attribute__((format(printf, 3, 4)));

/* {"message": "..."} */
void		reply_error(struct reply *r, int status, const char *format, ...)
			__attribute__((format(printf, 3, 4)));

/* {"message": text}; any bytes will do, those that are not UTF-8 are replaced */
void		reply_message(struct reply *r, int status, const char *text, size_t len);

/* {"message": {key: text}}, the service's form for complaints about a parameter's value */
void		reply_message_of(struct reply *r, int status, const char *key, const char *text,
							 size_t len);

/* an answer with this body, in place of any earlier one */
void		reply_set(struct reply *r, int status, const char *content_type, const char *body);

/* the same with a JSON value, which it takes over */
void		reply_json_value(struct reply *r, int status, json_t *json);
void		reply_clear(struct reply *r);

#endif
