/* From the body of a request to a table of its wanted columns. */
#ifndef STANDIN_INPUT_H
#define STANDIN_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct MHD_Connection;
struct deployment;
struct parameters;
struct reply;
struct scan;
struct table;

enum { BODY_MAX = 52428800 };	/* bytes, as sent and unpacked */

enum body_form { FORM_CSV, FORM_JSON, FORM_MULTIPART, FORM_UNKNOWN };

/* A body to read, as plain UTF-8 text, and what it is read for. */
struct body_text
{
	const struct buffer *text;
	enum body_form form;		/* FORM_CSV or FORM_JSON */
	char		delimiter;		/* of CSV; 0: the comma */
	char		quote;			/* of CSV; 0: the quotation mark */
	const struct deployment *deployment;
	const struct parameters *params;
	struct scan *scan;			/* gets the codes of JSON rows for the synthetic deployment */
	struct reply *reply;		/* gets the error */
};

/* The wanted columns, which are chosen once the names of all columns are known. */
struct wanted
{
	int		   *input_slots;	/* per input of the deployment: slot in the table, or -1 */
	int		   *passthrough_slots;	/* per passthrough column */
	size_t		n_passthrough;
	const char **passthrough_names;
};

/* called by the readers; false: an error is in the reply */
bool		wanted_choose(struct wanted *w, struct table *t, const struct body_text *b);
void		wanted_free(struct wanted *w);

enum body_form input_form(const char *content_type);

/*
 * turns a body into plain UTF-8 text of the form that is returned, FORM_CSV or FORM_JSON, as the
 * request's content headers say; FORM_UNKNOWN: an error is in the reply
 */
enum body_form input_unpack(struct MHD_Connection *connection, struct buffer *body,
							struct reply *reply);

/* false: an error is in the reply */
bool		input_read(const struct body_text *b, struct wanted *w, struct table *t);

#endif
