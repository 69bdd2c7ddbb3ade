/*
 * template.h
 *		Template variables in specifications of batch jobs (docs/api.md 3.4),
 *		which the service replaces when a job runs.
 */
#ifndef DRS_TEMPLATE_H
#define DRS_TEMPLATE_H

#include "utils/jsonb.h"

/*
 * WARNING for each text of a specification, in DataRobot's spelling, that
 * contains a template where none is replaced, or where the service would
 * replace what is no variable.
 */
extern void drs_template_warn(JsonbContainer *spec);

#endif							/* DRS_TEMPLATE_H */
