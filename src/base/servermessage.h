/*
 * servermessage.h
 *		What a server says in the body of an error, made fit for a message of ours.
 */
#ifndef DRS_SERVERMESSAGE_H
#define DRS_SERVERMESSAGE_H

#include "nodes/pg_list.h"

/*
 * The text of an error body, palloc'd: the value of "message" when the body is
 * a JSON object that has one (docs/api.md 1.8), with that of "errors" behind it
 * when there is one, else the body's beginning.  Cut
 * to a line, of the server's encoding whatever the bytes were, with the
 * secrets (of char *) overwritten.  NULL when there is nothing to quote.  Does
 * not raise for any content.
 */
extern char *drs_server_message(const char *body, size_t len, List *secrets);

/*
 * Make blanks, in place, of what a terminal could take for a command: in JSON
 * in UTF-8, whether it stands there as it is or as an escape.
 */
extern void drs_clean_json(char *json);

/*
 * Any bytes as one line of at most max bytes in the
 * database's encoding, palloc'd.  Does not raise.
 */
extern char *drs_one_line(const char *bytes, size_t len, size_t max);

#endif							/* DRS_SERVERMESSAGE_H */
