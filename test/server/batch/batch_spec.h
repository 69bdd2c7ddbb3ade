/* A job's specification: checked as a whole, with its defaults (docs/api.md 2.4 to 2.9). */
#ifndef STANDIN_BATCH_SPEC_H
#define STANDIN_BATCH_SPEC_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "batch/batch_forms.h"
#include "batch/batch_template.h"
#include "input/params.h"

struct batch_spec
{
	json_t	   *json;			/* with its defaults */
	const struct deployment *deployment;
	struct parameters params;
	const struct batch_type *intake;
	const struct batch_type *output;
	const json_t *from;			/* the settings of the intake; a part of json */
	const json_t *to;			/* the settings of the output; a part of json */
	bool		async;
	bool		multipart;
	char		delimiter;
	char		quote;
	char		charset[64];
	size_t		chunk_bytes;
	bool		chunks_grow;	/* the first ones are smaller */
	bool		with_status;
	bool		with_probabilities;
	bool		abort_on_error;
	bool		by_row;			/* rows of a chunk that fails are tried one by one */
	char		instance[256];	/* that scores: jobs wait for it */
};

/*
 * Reads a copy of the JSON; adds errors. The specification has to be freed in any case; only if
 * there are no errors can it be used.
 */
void		batch_spec_read(const json_t *json, const struct batch_field *more,
							const struct batch_times *times, struct batch_spec *s,
							json_t *errors);
void		batch_spec_free(struct batch_spec *s);

/* the specification without its secrets, whose names are added to a list; the caller owns it */
json_t	   *batch_spec_shown(const json_t *json, json_t *redacted);

/* the deployment that a specification names; NULL: none */
const struct deployment *batch_spec_deployment(const json_t *json);

#endif
