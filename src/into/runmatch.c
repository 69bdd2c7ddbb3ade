/*
 * runmatch.c
 *		Compares a call with the run that it wants to continue.
 *
 * What was written before and what is written now make one result only if both come
 * from the same call.  How a call is started, and how fast it is, does not count, nor
 * do the options of the server, so a wrong URL can be corrected in between.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"

#include "base/jsonbcursor.h"
#include "into/runmatch.h"

static void
note_difference(StringInfo differences, const char *what)
{
	appendStringInfo(differences, "%s%s", differences->len > 0 ? ", " : "", what);
}

static void
compare_text(StringInfo differences, const char *what, const char *a, const char *b)
{
	if (strcmp(a, b) != 0)
		note_difference(differences, what);
}

/* Options that control how a call is started and how fast it is, not what it does. */
static bool
is_about_pace(const char *name)
{
	static const char *const names[] = {
		"resume", "if_running", "concurrency", "rate_limit", "shards_per_node"
	};

	for (size_t i = 0; i < lengthof(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* Add the options of a that b lacks or, if values count, has with another value. */
static void
compare_options(StringInfo differences, Jsonb *a, Jsonb *b, bool values)
{
	JsonbCursor cursor = drs_jsonb_open(&a->root);

	while (drs_jsonb_next(&cursor))
	{
		JsonbValue	buffer;
		JsonbValue *other = getKeyJsonValueFromContainer(&b->root, cursor.name,
														 (int) strlen(cursor.name), &buffer);

		if (is_about_pace(cursor.name))
			continue;
		if (other == NULL ||
			(values && strcmp(JsonbToCString(NULL, &JsonbValueToJsonb(&cursor.value)->root, 0),
							  JsonbToCString(NULL, &JsonbValueToJsonb(other)->root, 0)) != 0))
			note_difference(differences, cursor.name);
	}
}

/* The names of all that differs, separated by commas; empty if nothing does. */
static char *
differences_of(const LedgerRun *a, const LedgerRun *b)
{
	StringInfoData differences;

	initStringInfo(&differences);
	compare_text(&differences, "deployment", a->deployment, b->deployment);
	compare_text(&differences, "query", a->query, b->query);
	compare_text(&differences, "target", a->target, b->target);
	compare_text(&differences, "server", a->server, b->server);
	compare_text(&differences, "search_path", a->search_path, b->search_path);
	compare_options(&differences, a->arguments, b->arguments, true);
	compare_options(&differences, b->arguments, a->arguments, false);
	return differences.data;
}

bool
drs_runmatch_is_same(const LedgerRun *wanted, const LedgerRun *found)
{
	return differences_of(wanted, found)[0] == '\0';
}

void
drs_runmatch_check(const LedgerRun *wanted, const LedgerRun *found)
{
	char	   *differences = differences_of(wanted, found);

	if (differences[0] != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("run " INT64_FORMAT " cannot be resumed by a call that differs from it",
						found->id),
				 errdetail("Not the same: %s.", differences),
				 errhint("Call as before, or begin anew without \"resume\".")));
}

void
drs_runmatch_check_resumable(const LedgerRun *record, int64 run_id)
{
	if (record == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("there is no run " INT64_FORMAT, run_id)));
	if (record->owner != GetUserId())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("run " INT64_FORMAT " belongs to another role", run_id),
				 errhint("Only the role that began a run can continue it: the run uses that role's"
						 " token and privileges.")));
	if (record->mode != RUN_SLICED || record->state == RUN_SKIPPED)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("run " INT64_FORMAT " cannot be resumed", run_id),
				 errdetail("It was not a run in slices.")));
}
