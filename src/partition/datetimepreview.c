/*
 * datetimepreview.c
 *		Writes a preview of datetime partitioning.
 */
#include "postgres.h"

#include "base/jsonbcursor.h"
#include "base/jsonbtext.h"
#include "partition/datetimepreview.h"
#include "partition/datetimewarnings.h"

/* An object that is being written. */
typedef struct Writer
{
	StringInfoData json;
	const DatetimeSpec *spec;
	const DatetimeLayout *layout;
} Writer;

/* A member of a name that is put together, such as gapStartDate. */
static void
put_name(Writer *writer, const char *part, const char *field)
{
	drs_jsonbtext_name(&writer->json, psprintf("%s%s", part, field));
}

static void
put_number(Writer *writer, const char *name, int64 number)
{
	drs_jsonbtext_name(&writer->json, name);
	if (number < 0)
		appendStringInfoString(&writer->json, "null");
	else
		appendStringInfo(&writer->json, INT64_FORMAT, number);
}

static void
put_instant(Writer *writer, const char *part, const char *field, Timestamp time, bool absent)
{
	put_name(writer, part, field);
	appendStringInfo(&writer->json, absent ? "null" : "\"%s\"", drs_datetimespec_instant(time));
}

static void
put_range(Writer *writer, const char *part, const DatetimeRange *range, bool absent)
{
	put_instant(writer, part, "StartDate", range->start, absent);
	put_instant(writer, part, "EndDate", range->end, absent);
	put_name(writer, part, "Duration");
	appendStringInfo(&writer->json, "\"%s\"", range->duration);
	put_number(writer, psprintf("%sRowCount", part), range->nrows);
}

static void
put_split(Writer *writer, const DatetimeSplit *split, const char *scored, bool absent)
{
	put_range(writer, "availableTraining", &split->available, false);
	put_range(writer, "primaryTraining", &split->primary, absent);
	put_range(writer, "gap", &split->gap, absent);
	put_range(writer, scored, &split->scored, absent);
}

static void
put_backtests(Writer *writer)
{
	drs_jsonbtext_name(&writer->json, "backtests");
	appendStringInfoChar(&writer->json, '[');
	for (int i = 0; i < writer->layout->nbacktests; i++)
	{
		const DatetimeSplit *split = &writer->layout->backtests[i];

		drs_jsonbtext_name(&writer->json, NULL);
		appendStringInfoChar(&writer->json, '{');
		put_number(writer, "index", i);
		put_split(writer, split, "validation", false);
		put_number(writer, "totalRowCount", split->nrows);
		appendStringInfoChar(&writer->json, '}');
	}
	appendStringInfoChar(&writer->json, ']');
}

/* Each is an entry of its own. */
static void
put_warnings(Writer *writer, List *warnings)
{
	ListCell   *lc;

	drs_jsonbtext_name(&writer->json, "partitioningWarnings");
	appendStringInfoChar(&writer->json, '[');
	foreach(lc, warnings)
	{
		const LayoutWarning *warning = lfirst(lc);

		drs_jsonbtext_name(&writer->json, NULL);
		appendStringInfoChar(&writer->json, '{');
		put_number(writer, "backtestIndex", warning->backtest);
		drs_jsonbtext_text(&writer->json, "partition", warning->partition);
		drs_jsonbtext_name(&writer->json, "warnings");
		drs_jsonbtext_strings(&writer->json, list_make1(unconstify(char *, warning->text)));
		appendStringInfoChar(&writer->json, '}');
	}
	appendStringInfoChar(&writer->json, ']');
}

static void
put_text(Writer *writer, const char *name, const char *text)
{
	if (text)
		drs_jsonbtext_text(&writer->json, name, text);
	else
	{
		drs_jsonbtext_name(&writer->json, name);
		appendStringInfoString(&writer->json, "null");
	}
}

/* What is specified and not computed; what of it is not given has no value, or false. */
static void
put_specified(Writer *writer)
{
	static const char *const computed[] = {
		"validationDuration", "gapDuration", "numberOfBacktests", "backtests", "holdoutStartDate",
		"holdoutEndDate", "holdoutDuration", "autopilotDataSelectionMethod", "cvMethod"
	};
	JsonbCursor cursor = drs_jsonb_open(&writer->spec->wire->root);

	while (drs_jsonb_next(&cursor))
	{
		bool		is_computed = false;

		for (size_t i = 0; i < lengthof(computed); i++)
			is_computed |= strcmp(cursor.name, computed[i]) == 0;
		if (is_computed)
			continue;
		if (strcmp(cursor.name, "defaultToAPriori") == 0)	/* the older name */
		{
			drs_jsonbtext_name(&writer->json, "defaultToKnownInAdvance");
			drs_jsonbtext_append(&writer->json, &cursor.value);
		}
		drs_jsonbtext_name(&writer->json, cursor.name);
		drs_jsonbtext_append(&writer->json, &cursor.value);
	}
}

/* What a specification need not have; members that follow override these. */
#define NOT_GIVEN \
	"{\"cvMethod\": \"datetime\", \"useTimeSeries\": false, \"disableHoldout\": false," \
	" \"defaultToKnownInAdvance\": false, \"defaultToDoNotDerive\": false," \
	" \"featureDerivationWindowStart\": null, \"featureDerivationWindowEnd\": null," \
	" \"forecastWindowStart\": null, \"forecastWindowEnd\": null, \"windowsBasisUnit\": null," \
	" \"multiseriesIdColumns\": null, \"featureSettings\": [], \"periodicities\": null," \
	" \"calendarId\": null"

Jsonb *
drs_datetimepreview_make(const DatetimeSpec *spec, const DatetimeLayout *layout, List *warnings,
						 const char *format)
{
	Writer		writer = {.spec = spec, .layout = layout};

	initStringInfo(&writer.json);
	appendStringInfoString(&writer.json, NOT_GIVEN);
	put_specified(&writer);
	put_text(&writer, "dateFormat", format);
	put_text(&writer, "autopilotDataSelectionMethod",
			 spec->selection == TRAINING_BY_ROW_COUNT ? "rowCount" : "duration");
	put_text(&writer, "validationDuration", layout->validation_duration);
	put_number(&writer, "numberOfBacktests", layout->nbacktests);
	put_split(&writer, &layout->holdout, "holdout", !layout->has_holdout);
	put_number(&writer, "totalRowCount", layout->extent.nrows);
	put_backtests(&writer);
	put_warnings(&writer, warnings);
	appendStringInfoChar(&writer.json, '}');
	return drs_jsonbtext_parse(writer.json.data);
}
