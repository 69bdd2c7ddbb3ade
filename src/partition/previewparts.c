/*
 * previewparts.c
 *		Reads a preview of datetime partitioning, ours or the service's.
 */
#include "postgres.h"

#include "base/compat.h"
#include "base/jsonbcursor.h"
#include "base/jsonbtext.h"
#include "partition/datetimespec.h"
#include "partition/previewparts.h"

pg_noreturn static void
refuse_preview(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("this is no preview of datetime partitioning"),
			 errdetail_internal("%s", detail),
			 errhint("A preview is what datetime_partitioning() returns.")));
}

static JsonbValue *
member(JsonbContainer *object, const char *name)
{
	JsonbValue *value = getKeyJsonValueFromContainer(object, name, strlen(name), NULL);

	return value && value->type != jbvNull ? value : NULL;
}

/* A member that is an array; NULL when it is missing. */
static JsonbContainer *
array_member(JsonbContainer *object, const char *name)
{
	JsonbValue *value = member(object, name);

	if (value && (value->type != jbvBinary || !JsonContainerIsArray(value->val.binary.data)))
		refuse_preview(psprintf("Its \"%s\" is not an array.", name));
	return value ? value->val.binary.data : NULL;
}

static JsonbContainer *
check_preview(Jsonb *preview)
{
	if (!JB_ROOT_IS_OBJECT(preview))
		refuse_preview("It is not a JSON object.");
	if (array_member(&preview->root, "backtests") == NULL)
		refuse_preview("It has no \"backtests\".");
	return &preview->root;
}

/* Advance to the next element, which must be an object. */
static JsonbContainer *
next_object(JsonbCursor *cursor)
{
	if (!drs_jsonb_next(cursor))
		return NULL;
	if (cursor->value.type != jbvBinary || !JsonContainerIsObject(cursor->value.val.binary.data))
		refuse_preview("An array of it contains what is no object.");
	return cursor->value.val.binary.data;
}

static char *
text_member(JsonbContainer *object, const char *name)
{
	JsonbValue *value = member(object, name);

	return value ? drs_jsonb_text(value) : NULL;
}

static int
backtest_index(JsonbContainer *object)
{
	char	   *text = text_member(object, "index");

	if (text == NULL || strspn(text, "0123456789") != strlen(text) || strlen(text) > 4)
		refuse_preview("A backtest of it has no \"index\".");
	return atoi(text);
}

/* ---- parts */

typedef struct PartName
{
	const char *wire;
	const char *part;
	const char *warned;			/* what warnings call it; NULL: they do not */
} PartName;

static const PartName part_names[] = {
	{"availableTraining", "available_training", NULL},
	{"primaryTraining", "primary_training", "training"},
	{"gap", "gap", NULL},
	{"holdout", "holdout", "holdout"},
	{"validation", "validation", "validation"}
};

/* The warnings for a part.  Those for the whole data set go with the available training. */
static List *
find_warnings(JsonbContainer *preview, int backtest, const PartName *name)
{
	JsonbContainer *array = array_member(preview, "partitioningWarnings");
	JsonbCursor cursor;
	JsonbContainer *entry;
	List	   *found = NIL;

	if (array == NULL)
		return NIL;
	cursor = drs_jsonb_open(array);
	while ((entry = next_object(&cursor)) != NULL)
	{
		char	   *index = text_member(entry, "backtestIndex");
		char	   *partition = text_member(entry, "partition");
		JsonbContainer *texts = array_member(entry, "warnings");
		JsonbCursor inner;
		bool		is_named = partition && name->warned && strcmp(partition, name->warned) == 0;
		bool		is_other = name == part_names && (partition == NULL ||
													  strcmp(partition, "dataset") == 0);

		if ((index ? atoi(index) : -1) != backtest || !(is_named || is_other) || texts == NULL)
			continue;
		inner = drs_jsonb_open(texts);
		while (drs_jsonb_next(&inner))
			if (inner.value.type == jbvString)
				found = lappend(found, drs_jsonb_text(&inner.value));
	}
	return found;
}

static List *
add_parts(List *parts, JsonbContainer *preview, JsonbContainer *object, int backtest)
{
	for (size_t i = 0; i < lengthof(part_names); i++)
	{
		const PartName *name = &part_names[i];
		PreviewPart *part;

		if (strcmp(name->part, backtest < 0 ? "validation" : "holdout") == 0)
			continue;
		part = palloc(sizeof(PreviewPart));
		*part = (PreviewPart) {
			.backtest = backtest,
			.part = name->part,
			.start = text_member(object, psprintf("%sStartDate", name->wire)),
			.end = text_member(object, psprintf("%sEndDate", name->wire)),
			.duration = text_member(object, psprintf("%sDuration", name->wire)),
			.nrows = text_member(object, psprintf("%sRowCount", name->wire)),
			.warnings = find_warnings(preview, backtest, name)
		};
		parts = lappend(parts, part);
	}
	return parts;
}

List *
drs_previewparts_read(Jsonb *json)
{
	JsonbContainer *preview = check_preview(json);
	JsonbCursor cursor = drs_jsonb_open(array_member(preview, "backtests"));
	JsonbContainer *backtest;
	List	   *parts = add_parts(NIL, preview, preview, -1);

	while ((backtest = next_object(&cursor)) != NULL)
		parts = add_parts(parts, preview, backtest, backtest_index(backtest));
	return parts;
}

/* ---- the specification of a preview */

/* Copy members that are there. */
static void
copy_members(StringInfo json, JsonbContainer *object, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
	{
		JsonbValue *value = member(object, names[i]);

		if (value == NULL)
			continue;
		drs_jsonbtext_name(json, names[i]);
		drs_jsonbtext_append(json, value);
	}
}

static void
copy_backtests(StringInfo json, JsonbContainer *preview, bool by_dates)
{
	static const char *const durations[] = {
		"index", "gapDuration", "validationStartDate", "validationDuration"
	};
	static const char *const dates[] = {
		"index", "primaryTrainingStartDate", "primaryTrainingEndDate", "validationStartDate",
		"validationEndDate"
	};
	JsonbCursor cursor = drs_jsonb_open(array_member(preview, "backtests"));
	JsonbContainer *backtest;

	drs_jsonbtext_name(json, "backtests");
	appendStringInfoChar(json, '[');
	while ((backtest = next_object(&cursor)) != NULL)
	{
		drs_jsonbtext_name(json, NULL);
		appendStringInfoChar(json, '{');
		if (by_dates)
			copy_members(json, backtest, dates, lengthof(dates));
		else
			copy_members(json, backtest, durations, lengthof(durations));
		appendStringInfoChar(json, '}');
	}
	appendStringInfoChar(json, ']');
}

/* Without holdout, the service reports one that has no dates. */
static void
copy_holdout(StringInfo json, JsonbContainer *preview, bool by_dates)
{
	const char *const names[] = {"holdoutStartDate",
	by_dates ? "holdoutEndDate" : "holdoutDuration"};

	if (member(preview, "holdoutStartDate"))
		copy_members(json, preview, names, lengthof(names));
	else
	{
		drs_jsonbtext_name(json, "disableHoldout");
		appendStringInfoString(json, "true");
	}
}

/* An array of names that has none is not given. */
static bool
is_empty(JsonbContainer *preview, const char *name)
{
	JsonbValue *value = member(preview, name);

	return value && value->type == jbvBinary && JsonContainerSize(value->val.binary.data) == 0;
}

Jsonb *
drs_previewparts_specification(Jsonb *json, bool holdout_by_dates, bool backtests_by_dates)
{
	static const char *const names[] = {
		"datetimePartitionColumn", "autopilotDataSelectionMethod", "autopilotDataSamplingMethod",
		"validationDuration", "gapDuration", "numberOfBacktests", "useTimeSeries",
		"defaultToKnownInAdvance", "defaultToDoNotDerive", "featureDerivationWindowStart",
		"featureDerivationWindowEnd", "forecastWindowStart", "forecastWindowEnd",
		"windowsBasisUnit", "treatAsExponential", "differencingMethod", "periodicities",
		"multiseriesIdColumns", "featureSettings", "useCrossSeriesFeatures", "aggregationType",
		"crossSeriesGroupByColumns", "calendarId", "modelSplits",
		"allowPartialHistoryTimeSeriesPredictions", "unsupervisedMode", "unsupervisedType"
	};
	JsonbContainer *preview = check_preview(json);
	StringInfoData spec;

	initStringInfo(&spec);
	appendStringInfoChar(&spec, '{');
	for (size_t i = 0; i < lengthof(names); i++)
		if (!is_empty(preview, names[i]))
			copy_members(&spec, preview, &names[i], 1);
	copy_holdout(&spec, preview, holdout_by_dates);
	copy_backtests(&spec, preview, backtests_by_dates);
	appendStringInfoChar(&spec, '}');
	return drs_datetimespec_read(drs_jsonbtext_parse(spec.data))->wire;
}
