/*
 * streamspec.h
 *		The specification of a job that scores the rows of a call.
 */
#ifndef DRS_STREAMSPEC_H
#define DRS_STREAMSPEC_H

#include "utils/jsonb.h"

#include "batch/csvdialect.h"
#include "config/option.h"

typedef struct StreamSpec
{
	Jsonb	   *settings;		/* the option batch_settings, as the wire has it; NULL: none */
	const CsvDialect *dialect;	/* of the data, by these */
} StreamSpec;

/*
 * Check the option batch_settings.  Palloc'd.  Raises 22023 for fields that are
 * wrong, or that other options set.
 */
extern StreamSpec *drs_streamspec_of(const Options *options);

/*
 * The specification of a job as the wire has it, palloc'd.  passed: columns
 * (of char *) to be passed through.  Raises 22023 for parameters that a job
 * does not take.
 */
extern Jsonb *drs_streamspec_job(const StreamSpec *spec, const Options *options,
								 const char *deployment, List *passed, bool multipart);

#endif							/* DRS_STREAMSPEC_H */
