/*
 * announcement.c
 *		Says which columns a writing call is going to write.
 *
 * Columns are matched by name, so one that is not meant may be among them.  The
 * message comes before the first row is sent, so its reader can still cancel.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "into/announcement.h"

#define MAX_NAMED 50			/* columns of each list in the message */

static bool
is_uncertain(const OutputColumn *column)
{
	return column->presence == COLUMN_TENTATIVE ||
		(drs_output_is_created(column) && !column->asked &&
		 strcmp(column->name, "prediction") != 0);
}

static void
append_name(StringInfo list, int *count, const char *name)
{
	if ((*count)++ < MAX_NAMED)
		appendStringInfo(list, "%s%s", list->len > 0 ? ", " : "", quote_identifier(name));
}

static void
append_rest(StringInfo list, int count)
{
	if (count > MAX_NAMED)
		appendStringInfo(list, " and %d more", count - MAX_NAMED);
}

/*
 * The columns that are written whatever the answers contain, or else the others;
 * empty when there are none.
 */
static char *
list_columns(const Output *output, bool uncertain)
{
	StringInfoData list;
	int			count = 0;

	initStringInfo(&list);
	for (int i = 0; i < output->ncolumns; i++)
	{
		OutputColumn *column = &output->columns[i];
		bool		written = output->where == NIL || list_member_ptr(output->set, column);

		if (written && is_uncertain(column) == uncertain)
			append_name(&list, &count, column->target);
	}
	append_rest(&list, count);
	return list.data;
}

static char *
list_where(const Output *output)
{
	StringInfoData list;
	int			count = 0;
	ListCell   *lc;

	initStringInfo(&list);
	foreach(lc, output->where)
		append_name(&list, &count, ((const OutputColumn *) lfirst(lc))->target);
	append_rest(&list, count);
	return list.data;
}

static const char *
verb_of(const Target *target, const Options *options)
{
	if (!OidIsValid(target->oid))
		return "creating";
	return drs_statement_traits(options->write.statement_type)->verb;
}

void
drs_output_announce(const Target *target, const Output *output, const Options *options)
{
	char	   *certain = list_columns(output, false);
	char	   *uncertain = list_columns(output, true);
	char	   *where = list_where(output);

	ereport(NOTICE,
			(errmsg("%s %s%s%s: %s%s%s%s", verb_of(target, options), target->name,
					where[0] ? " by " : "", where, certain, certain[0] && uncertain[0] ? "; " : "",
					uncertain[0] ? "if the answers have them: " : "", uncertain)));
}
