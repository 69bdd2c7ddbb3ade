/* Faults in the content of an otherwise good answer. */
#ifndef STANDIN_SPOIL_H
#define STANDIN_SPOIL_H

#include <stdbool.h>

struct buffer;
struct fault;
struct reply;
struct result;

/*
 * faults of the predictions themselves, in these rows (size_t each; none: the first); true if the
 * result is not what it should be any more
 */
bool		spoil_result(struct result *r, const struct fault *f, const struct buffer *rows);

/* is the fault one of those? */
bool		spoil_needs_result(const struct fault *f);

/*
 * faults of the finished reply: replaces it (status, html, ...) or damages its body; true if it
 * did
 */
bool		spoil_reply(struct reply *reply, const struct fault *f);

/* is the whole answer replaced, whatever was asked? */
bool		spoil_replaces(const struct fault *f);

#endif
