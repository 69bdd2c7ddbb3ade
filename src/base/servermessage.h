/*
 * servermessage.h
 *		What a server says in the body of an error, as text for our messages.
 */
#ifndef DRS_SERVERMESSAGE_H
#define DRS_SERVERMESSAGE_H

#include "nodes/pg_list.h"

/*
 * The text of an error body, palloc'd: if the body is a JSON object with a
 * "message" (docs/api.md 1.8), its value, followed by that of "errors", if
 * there is one; else the beginning of the body.  It is cut to one line in the
 * database's encoding, whatever the bytes were, and secrets (of char *) are
 * overwritten.  NULL when there is nothing to quote.  Does not raise for any
 * content.
 */
extern char *drs_server_message(const char *body, size_t len, List *secrets);

/*
 * Blank out, in place, what a terminal could interpret, in JSON in UTF-8,
 * where it may be written as an escape.  Never raises.
 */
extern void drs_clean_json(char *json);

/*
 * The first max bytes, or fewer, as one line in the database's encoding,
 * palloc'd.  Does not raise for any content.
 */
extern char *drs_one_line(const char *bytes, size_t len, size_t max);

#endif							/* DRS_SERVERMESSAGE_H */
