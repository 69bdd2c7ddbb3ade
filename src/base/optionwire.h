/*
 * optionwire.h
 *		JSON objects that are sent: checked by a table of options, and brought
 *		into DataRobot's spelling.
 */
#ifndef DRS_OPTIONWIRE_H
#define DRS_OPTIONWIRE_H

#include "lib/stringinfo.h"

#include "base/optiontable.h"

/*
 * The members that an object may have.  A home is a kind of object; the
 * options of the table have no fields, since nothing is stored.
 */
typedef struct OptionGroup
{
	OptionTable table;
	const OptionChoice *kinds;	/* what the member "type" may be, and the homes that these are;
								 * NULL: it has none, and its home is 1 */
	int			preset;			/* home without a "type"; 0: it must be given */
	int			any_kind;		/* home of a type that is unknown: no option has it */
} OptionGroup;

/*
 * Check the members of a value, which must be an object, and append it as JSON
 * in DataRobot's spelling.  Null members are left out.  name is what the whole
 * is called in messages.  Raises 22023 for whatever does not fit; if it
 * is not strict, members, types and choices that are unknown pass as they are,
 * with a WARNING.  Secrets are not shown.
 */
extern void drs_optionwire_append(StringInfo json, const OptionGroup *group,
								  const JsonbValue *value, const char *name, bool strict);

#endif							/* DRS_OPTIONWIRE_H */
