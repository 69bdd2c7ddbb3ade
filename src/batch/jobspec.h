/*
 * jobspec.h
 *		Specifications of batch jobs (docs/api.md 2.4 to 2.9): checked before
 *		anything is sent, and brought into DataRobot's spelling.
 *
 * A specification is a JSON object.  Its names are those of the wire
 * (intakeSettings) or of the Python client (intake_settings), and so are the
 * names within its settings.
 */
#ifndef DRS_JOBSPEC_H
#define DRS_JOBSPEC_H

#include "nodes/pg_list.h"
#include "utils/jsonb.h"

typedef enum JobSpecKind
{
	JOBSPEC_WHOLE,				/* of a job: names what scores, and satisfies every rule */
	JOBSPEC_PART				/* some fields of one: only what they say themselves is checked */
} JobSpecKind;

/*
 * Check a specification, and return it as the wire has it, in the current
 * memory context.  A null value means that the field is not given.  Raises
 * 22023 for an unknown field or type, a value that does not fit, and fields
 * that exclude each other; values that may be secrets are not shown.  If it is
 * not strict, fields, types and words that are unknown pass as they are, with a
 * WARNING.  A template variable (docs/api.md 3.4) passes, with a WARNING in a
 * field that does not take it.
 */
extern Jsonb *drs_jobspec_check(Jsonb *spec, JobSpecKind kind, bool strict);

/*
 * DataRobot's spelling of a field of a specification that is given in either; a
 * constant, NULL for an unknown field.
 */
extern const char *drs_jobspec_wire_name(const char *name);

/*
 * A copy, palloc'd, with what may be a secret replaced by "[redacted]", for whatever is
 * shown: keys, tokens and passwords, also of a record that contains a specification.
 */
extern Jsonb *drs_jobspec_redact(JsonbContainer *spec);

/*
 * What is replaced there, as a list of char *, palloc'd: for the secrets of an endpoint,
 * which are overwritten in whatever a server says.
 */
extern List *drs_jobspec_secrets(const Jsonb *spec);

#endif							/* DRS_JOBSPEC_H */
