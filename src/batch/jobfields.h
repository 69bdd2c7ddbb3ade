/*
 * jobfields.h
 *		The fields of a batch job's specification (docs/api.md 2.4 to 2.8).
 */
#ifndef DRS_JOBFIELDS_H
#define DRS_JOBFIELDS_H

#include "base/optionwire.h"

/* The top level, which contains the others. */
extern const OptionGroup drs_job_fields;

#endif							/* DRS_JOBFIELDS_H */
