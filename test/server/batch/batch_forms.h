/*
 * The fields of a job's specification, and those of each type of intake and output
 * (docs/api.md 2.4 to 2.8).
 */
#ifndef STANDIN_BATCH_FORMS_H
#define STANDIN_BATCH_FORMS_H

#include <jansson.h>

#include "batch/batch_fields.h"

/* How a type of intake or output reaches its data. */
enum batch_reach
{
	REACH_LOCAL,				/* by the client's own requests */
	REACH_BUCKET,				/* an object or file */
	REACH_STORED,				/* a dataset of the service's own */
	REACH_DATABASE
};

struct batch_type
{
	const char *name;
	enum batch_reach reach;
	const struct batch_field *fields;	/* besides "type" */
};

/* by the "type" of the settings; NULL: there is none of this name */
const struct batch_type *batch_intake_type(const json_t *settings);
const struct batch_type *batch_output_type(const json_t *settings);

/*
 * adds an error for each field of the specification, at any depth, that is not as it should be;
 * more: names that are allowed beside those of a job
 */
void		batch_forms_check(const json_t *spec, const struct batch_field *more, json_t *errors);

#endif
