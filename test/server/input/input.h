/* From the body of a request to its table of wanted columns. */
#ifndef STANDIN_INPUT_H
#define STANDIN_INPUT_H

#include <stdbool.h>
#include <stddef.h>

struct request;
struct table;

/* what an input reader needs to know when the names of the columns are known */
struct wanted
{
	int		   *input_slots;	/* one per input of the deployment: place in a row of the table */
	int		   *passthrough_slots;	/* one per passthrough column */
	size_t		n_passthrough;
	const char **passthrough_names;
};

/* choose the columns to keep; false: an error is in the reply */
bool		wanted_choose(struct wanted *w, struct table *t, struct request *r);
void		wanted_free(struct wanted *w);

enum body_form { FORM_CSV, FORM_JSON, FORM_MULTIPART, FORM_UNKNOWN };

enum body_form input_form(const char *content_type);

/*
 * Unpack the body to plain UTF-8 text of the form that is returned (FORM_CSV or FORM_JSON), then
 * read that text. Both: an error is in the reply on FORM_UNKNOWN or false.
 */
enum body_form input_unpack(struct request *r);
bool		input_read(struct request *r, enum body_form form, struct wanted *w, struct table *t);

#endif
