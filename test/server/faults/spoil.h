/* Faults in the content of an otherwise good answer. */
#ifndef STANDIN_SPOIL_H
#define STANDIN_SPOIL_H

#include <stdbool.h>

struct buffer;
struct fault;
struct reply;
struct result;

/*
 * Faults of the predictions, in these rows (size_t each; none: in the first). True if the result
 * is no longer what it should be.
 */
bool		spoil_result(struct result *r, const struct fault *f, const struct buffer *rows);

/* is the fault one of those? */
bool		spoil_needs_result(const struct fault *f);

/* faults that replace a finished reply (status, html, ...) or damage its body; true if one did */
bool		spoil_reply(struct reply *reply, const struct fault *f);

/* does it replace the whole answer, whatever was asked? */
bool		spoil_replaces(const struct fault *f);

#endif
