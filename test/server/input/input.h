/* From the body of a request to a table of its wanted columns. */
#ifndef STANDIN_INPUT_H
#define STANDIN_INPUT_H

#include <stdbool.h>
#include <stddef.h>

struct request;
struct table;

/* The wanted columns, which are chosen once the names of all columns are known. */
struct wanted
{
	int		   *input_slots;	/* per input of the deployment: slot in the table, or -1 */
	int		   *passthrough_slots;	/* per passthrough column */
	size_t		n_passthrough;
	const char **passthrough_names;
};

/* called by the readers; false: an error is in r->reply */
bool		wanted_choose(struct wanted *w, struct table *t, struct request *r);
void		wanted_free(struct wanted *w);

enum body_form { FORM_CSV, FORM_JSON, FORM_MULTIPART, FORM_UNKNOWN };

enum body_form input_form(const char *content_type);

/*
 * input_unpack turns the body into plain UTF-8 text of the form that it returns, FORM_CSV or
 * FORM_JSON, and input_read reads that text. FORM_UNKNOWN, false: an error is in r->reply.
 */
enum body_form input_unpack(struct request *r);
bool		input_read(struct request *r, enum body_form form, struct wanted *w, struct table *t);

#endif
