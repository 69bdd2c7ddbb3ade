/*
 * partitionpayload.c
 *		Writes what the service is sent of a partition.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/json.h"

#include "base/jsonbcursor.h"
#include "base/jsonbtext.h"
#include "partition/levels.h"
#include "partition/partitionpayload.h"

/* Append a member that is a number, or null. */
static void
append_number(StringInfo json, const char *name, const char *number)
{
	drs_jsonbtext_name(json, name);
	appendStringInfoString(json, number ? number : "null");
}

static void
append_level(StringInfo json, const char *name, const JsonbValue *level)
{
	JsonbValue	null = {.type = jbvNull};

	drs_jsonbtext_name(json, name);
	drs_jsonbtext_append(json, level ? level : &null);
}

/* The column of the sets, or the list of one key; whichever there is. */
static void
append_columns(StringInfo json, const PartitioningSpec *spec)
{
	drs_jsonbtext_name(json, "userPartitionCol");
	if (spec->method == PARTITION_USER)
		escape_json(json, spec->column);
	else
		appendStringInfoString(json, "null");
	drs_jsonbtext_name(json, "partitionKeyCols");
	if (spec->method == PARTITION_GROUP)
		drs_jsonbtext_strings(json, list_make1(spec->column));
	else
		appendStringInfoString(json, "null");
}

/* What the client sends of dates even if it is not given. */
static const char *const date_flags[] = {
	"useTimeSeries", "defaultToKnownInAdvance", "defaultToDoNotDerive",
	"allowPartialHistoryTimeSeriesPredictions"
};

/* Lists that the client does not send when they are empty. */
static bool
is_left_out(const JsonbCursor *member)
{
	static const char *const lists[] = {"backtests", "featureSettings", "periodicities"};
	bool		is_empty = member->value.type == jbvBinary &&
		JsonContainerSize(member->value.val.binary.data) == 0;

	for (size_t i = 0; is_empty && i < lengthof(lists); i++)
		if (strcmp(member->name, lists[i]) == 0)
			return true;
	return false;
}

/* Append what is given of dates, and what is sent anyway; nothing is null. */
static void
append_dates(StringInfo json, Jsonb *given)
{
	JsonbCursor cursor = drs_jsonb_open(&given->root);

	for (size_t i = 0; i < lengthof(date_flags); i++)
	{
		drs_jsonbtext_name(json, date_flags[i]);
		appendStringInfoString(json, "false");
	}
	while (drs_jsonb_next(&cursor))	/* the last of two members of a name counts */
	{
		if (is_left_out(&cursor))
			continue;
		drs_jsonbtext_name(json, cursor.name);
		drs_jsonbtext_append(json, &cursor.value);
	}
}

static Jsonb *
date_payload(Jsonb *given)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	drs_jsonbtext_text(&json, "cvMethod", drs_partitionspec_method(PARTITION_DATETIME));
	append_dates(&json, given);
	appendStringInfoChar(&json, '}');
	return drs_jsonbtext_parse(json.data);
}

Jsonb *
drs_partition_preview_payload(const DatetimeSpec *spec)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	append_dates(&json, spec->wire);
	appendStringInfoChar(&json, '}');
	return drs_jsonbtext_parse(json.data);
}

Jsonb *
drs_partition_payload(const PartitioningSpec *spec)
{
	StringInfoData json;

	if (spec->method == PARTITION_DATETIME)
		return date_payload(spec->datetime->wire);
	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	drs_jsonbtext_text(&json, "cvMethod", drs_partitionspec_method(spec->method));
	drs_jsonbtext_text(&json, "validationType", spec->is_cv ? "CV" : "TVH");
	append_number(&json, "reps", spec->reps);
	append_number(&json, "seed", spec->seed);
	append_number(&json, "holdoutPct", spec->holdout_pct);
	append_number(&json, "validationPct", spec->validation_pct);
	append_columns(&json, spec);
	append_level(&json, "trainingLevel", spec->training_level);
	append_level(&json, "validationLevel", spec->validation_level);
	append_level(&json, "holdoutLevel", spec->is_cv ? NULL : spec->holdout_level);
	append_level(&json, "cvHoldoutLevel", spec->is_cv ? spec->holdout_level : NULL);
	appendStringInfoChar(&json, '}');
	return drs_jsonbtext_parse(json.data);
}

/* Has the partition a holdout? */
static bool
has_holdout(const PartitioningSpec *spec)
{
	return spec->method == PARTITION_USER ? spec->holdout_level != NULL :
		spec->shares.holdout > 0;
}

/* Raise when the service has no user partition column for such sets. */
static void
check_sets(const PartitioningSpec *spec)
{
	if (spec->method == PARTITION_DATETIME)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a partition by dates has no user partition column"),
				 errhint("Send its own payload: the service assigns rows by their dates.")));
	if (spec->shares.folds + has_holdout(spec) > MAX_LEVELS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a user partition column has at most %d values, not %d", MAX_LEVELS,
						spec->shares.folds + has_holdout(spec))));
	if (!spec->is_cv && spec->method != PARTITION_USER && spec->shares.validation == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a user partition column needs rows for validation"),
				 errdetail("Option \"validation_pct\" is 0.")));
}

/* The name of a set as a level, palloc'd. */
static JsonbValue *
level_of(const PartitioningSpec *spec, int set)
{
	JsonbValue *level = palloc(sizeof(JsonbValue));
	const char *name = drs_shares_name(&spec->shares, set);

	level->type = jbvString;
	level->val.string.val = unconstify(char *, name);
	level->val.string.len = (int) strlen(name);
	return level;
}

Jsonb *
drs_partition_column_payload(const PartitioningSpec *spec, const char *column)
{
	PartitioningSpec by_column = {
		.method = PARTITION_USER, .is_cv = spec->is_cv, .seed = spec->seed,
		.column = unconstify(char *, column)
	};

	check_sets(spec);
	if (has_holdout(spec))
		by_column.holdout_level = level_of(spec, SET_HOLDOUT);
	if (!spec->is_cv)
	{
		by_column.training_level = level_of(spec, SET_TRAINING);
		by_column.validation_level = level_of(spec, SET_VALIDATION);
	}
	return drs_partition_payload(&by_column);
}
