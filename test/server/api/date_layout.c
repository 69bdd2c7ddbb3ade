#include "api/date_layout.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/timestamps.h"

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)

enum { MAX_BACKTESTS = 20, DURATION_SIZE = 80 };

struct duration
{
	int64_t		months;
	int64_t		days;
	int64_t		seconds;
};

struct range
{
	int64_t		start;
	int64_t		end;
	char		duration[DURATION_SIZE];
};

/* a backtest, or the holdout */
struct split
{
	struct range available;
	struct range primary;
	struct range gap;
	struct range scored;
};

/* a layout that is being made */
struct plan
{
	const json_t *spec;
	const int64_t *times;
	size_t		n;
	bool		counts;
	bool		only_dates;
	int64_t		first;
	int64_t		end;
	bool		holdout;
	int			n_backtests;
	struct split splits[MAX_BACKTESTS + 1]; /* the holdout is the last */
	const char *validation;		/* the default, a duration */
	const char *gap;
	char		made_validation[DURATION_SIZE];
};

/* ---- the calendar */

/* days since 1970-01-01 */
static int64_t
days_of(int64_t year, int month, int day)
{
	int64_t		era;
	int64_t		of_era;

	year -= month <= 2;
	era = (year >= 0 ? year : year - 399) / 400;
	of_era = (year - era * 400) * 365 + (year - era * 400) / 4 - (year - era * 400) / 100
		+ (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + of_era - 719468;
}

static void
date_of(int64_t days, int64_t *year, int *month, int *day)
{
	*year = 1970 + days / 366 - 2;
	while (days_of(*year + 1, 1, 1) <= days)
		++*year;
	*month = 1;
	while (*month < 12 && days_of(*year, *month + 1, 1) <= days)
		++*month;
	*day = (int) (days - days_of(*year, *month, 1)) + 1;
}

static int64_t
day_number(int64_t time)
{
	return time >= 0 ? time / DAY : -((-time + DAY - 1) / DAY);
}

static int
days_in(int64_t year, int month)
{
	return (int) (month == 12 ? 31 : days_of(year, month + 1, 1) - days_of(year, month, 1));
}

/* A time so many months, days and seconds later; sign -1: earlier. */
static int64_t
moved(int64_t time, const struct duration *by, int sign)
{
	int64_t		days = day_number(time);
	int64_t		in_day = time - days * DAY;
	int64_t		year;
	int64_t		months;
	int			month;
	int			day;

	date_of(days, &year, &month, &day);
	months = year * 12 + month - 1 + sign * by->months;
	year = months / 12;
	month = (int) (months % 12) + 1;
	if (day > days_in(year, month))
		day = days_in(year, month);
	days = days_of(year, month, day) + sign * by->days;
	return days * DAY + in_day + sign * by->seconds * SECOND;
}

bool
date_layout_read_time(const char *text, int64_t *time)
{
	int64_t		seconds;
	const char *fraction = strchr(text, '.');
	char		day[sizeof "2015-12-24T00:00:00"];
	int			scale = 100000;

	if (strlen(text) == strlen("2015-12-24"))
	{
		snprintf(day, sizeof day, "%sT00:00:00", text);
		text = day;
	}
	if (!timestamp_parse_iso(text, &seconds))
		return false;
	*time = seconds * SECOND;
	while (fraction && isdigit((unsigned char) *++fraction) && scale > 0)
	{
		*time += (*fraction - '0') * scale;
		scale /= 10;
	}
	return true;
}

/* ---- durations */

/* A number and its letter; false: no number. */
static bool
take(const char **at, const char *letters, struct duration *d)
{
	char	   *end;
	int64_t		n = strtoll(*at, &end, 10);
	const char *letter = end > *at && *end ? strchr(letters, *end) : NULL;

	if (!letter)
		return false;
	*at = end + 1;
	if (*letter == 'Y')
		d->months += 12 * n;
	else if (*letter == 'M' && strchr(letters, 'Y'))
		d->months += n;
	else if (*letter == 'D')
		d->days += n;
	else
		d->seconds += n * (*letter == 'H' ? 3600 : *letter == 'M' ? 60 : 1);
	return true;
}

static bool
read_duration(const char *text, struct duration *d)
{
	const char *at = text;

	memset(d, 0, sizeof *d);
	if (!text || *at++ != 'P')
		return false;
	while (take(&at, "YMD", d))
		;
	if (*at == 'T')
		for (at++; take(&at, "HMS", d);)
			;
	return *at == '\0' && at > text + 1;
}

/* What is between two instants, in days and a time of day. */
static void
print_span(char *out, int64_t start, int64_t end)
{
	int64_t		seconds = (end - start) / SECOND;
	int			len = snprintf(out, DURATION_SIZE, "P0Y0M%lldD", (long long) (seconds / 86400));

	seconds %= 86400;
	if (seconds)
		snprintf(out + len, DURATION_SIZE - (size_t) len, "T%lldH%lldM%lldS",
				 (long long) (seconds / 3600), (long long) (seconds / 60 % 60),
				 (long long) (seconds % 60));
}

/* The same by the calendar, as a number of months and the rest. */
static struct duration
between(int64_t start, int64_t end)
{
	struct duration d = {0};
	int64_t		rest;

	while (moved(start, &(struct duration) {.months = d.months + 1}, 1) <= end)
		d.months++;
	rest = end - moved(start, &d, 1);
	d.days = rest / DAY;
	d.seconds = rest % DAY / SECOND;
	return d;
}

/* ---- the plan */

static const char *
text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static void
look_at_times(struct plan *plan)
{
	plan->only_dates = true;
	for (size_t i = 0; i < plan->n; i++)
		plan->only_dates &= plan->times[i] % DAY == 0;
	plan->first = plan->times[0];
	plan->end = plan->times[plan->n - 1] + (plan->only_dates ? DAY : 0);
}

/* The defaults, which the service does not explain: a tenth of the data, one backtest, no gap. */
static void
choose_defaults(struct plan *plan)
{
	json_int_t	n = json_integer_value(json_object_get(plan->spec, "numberOfBacktests"));
	size_t		given = json_array_size(json_object_get(plan->spec, "backtests"));

	plan->validation = text_of(plan->spec, "validationDuration");
	if (!plan->validation)
	{
		snprintf(plan->made_validation, sizeof plan->made_validation, "P0Y0M%lldD",
				 (long long) ((plan->end - plan->first) / DAY / 10 + 1));
		plan->validation = plan->made_validation;
	}
	plan->gap = text_of(plan->spec, "gapDuration");
	if (!plan->gap)
		plan->gap = "P0Y0M0D";
	plan->n_backtests = (int) (n ? n : given > 0 ? (json_int_t) given : 1);
	plan->holdout = !json_is_true(json_object_get(plan->spec, "disableHoldout"));
}

/* What is scored, its gap before it, and all that comes before that. */
static void
place(struct plan *plan, struct split *split, int64_t start, int64_t end, const char *duration,
	  const char *gap)
{
	struct duration d = {0};

	read_duration(gap, &d);
	split->scored.start = start;
	split->scored.end = end;
	snprintf(split->scored.duration, DURATION_SIZE, "%s", duration);
	split->gap.end = start;
	split->gap.start = moved(start, &d, -1);
	snprintf(split->gap.duration, DURATION_SIZE, "%s", gap);
	split->available.start = plan->first;
	split->available.end = split->gap.start;
	print_span(split->available.duration, plan->first, split->gap.start);
}

/* Returns what is wrong. */
static const char *
place_holdout(struct plan *plan)
{
	const char *start = text_of(plan->spec, "holdoutStartDate");
	const char *end = text_of(plan->spec, "holdoutEndDate");
	const char *duration = text_of(plan->spec, "holdoutDuration");
	char		span[DURATION_SIZE];
	struct duration d;
	int64_t		from = 0;
	int64_t		to = plan->end;

	if (!duration)
		duration = plan->validation;
	if (!read_duration(duration, &d))
		return "is no duration";
	if (!start)
		from = moved(to, &d, -1);
	else if (!date_layout_read_time(start, &from))
		return "is no time";
	else if (end)
	{
		if (!date_layout_read_time(end, &to))
			return "is no time";
		print_span(span, from, to);
		duration = span;
	}
	else
		to = moved(from, &d, 1);
	place(plan, &plan->splits[MAX_BACKTESTS], from, to, duration, plan->gap);
	return NULL;
}

static const json_t *
given_backtest(const struct plan *plan, int index)
{
	const json_t *backtests = json_object_get(plan->spec, "backtests");
	size_t		i;
	const json_t *backtest;

	json_array_foreach(backtests, i, backtest)
		if (json_integer_value(json_object_get(backtest, "index")) == index)
			return backtest;
	return NULL;
}

/* One that is specified, by durations or by its ends; returns what is wrong. */
static const char *
place_given(struct plan *plan, struct split *split, const json_t *given)
{
	const char *start = text_of(given, "validationStartDate");
	const char *end = text_of(given, "validationEndDate");
	const char *training = text_of(given, "primaryTrainingEndDate");
	const char *first = text_of(given, "primaryTrainingStartDate");
	const char *duration = text_of(given, "validationDuration");
	char		gap[DURATION_SIZE];
	char		span[DURATION_SIZE];
	struct duration d;
	int64_t		from;
	int64_t		to;

	if (!start || !date_layout_read_time(start, &from))
		return "has no start of a validation";
	if (!end && duration && read_duration(duration, &d))
	{
		place(plan, split, from, moved(from, &d, 1), duration, text_of(given, "gapDuration"));
		return NULL;
	}
	if (!end || !training || !first || !date_layout_read_time(end, &to)
		|| !date_layout_read_time(training, &split->primary.end)
		|| !date_layout_read_time(first, &split->primary.start))
		return "has neither durations nor ends";
	print_span(gap, split->primary.end, from);
	print_span(span, from, to);
	place(plan, split, from, to, span, gap);
	print_span(split->primary.duration, split->primary.start, split->primary.end);
	return NULL;
}

static const char *
place_backtests(struct plan *plan)
{
	int64_t		end = plan->holdout ? plan->splits[MAX_BACKTESTS].scored.start : plan->end;
	struct duration d;
	const char *wrong = NULL;

	if (!read_duration(plan->validation, &d))
		return "is no duration";
	for (int i = 0; i < plan->n_backtests && !wrong; i++)
	{
		const json_t *given = given_backtest(plan, i);

		if (given)
			wrong = place_given(plan, &plan->splits[i], given);
		else
			place(plan, &plan->splits[i], moved(end, &d, -1), end, plan->validation, plan->gap);
		end = plan->splits[i].scored.start;
	}
	return wrong;
}

/* The training that all can have: that of the oldest backtest; returns what is wrong. */
static const char *
place_training(struct plan *plan)
{
	int64_t		oldest = plan->splits[plan->n_backtests - 1].gap.start;
	struct duration common;

	if (oldest <= plan->first)
		return "there is no data to train on";
	common = between(plan->first, oldest);
	for (int i = 0; i <= MAX_BACKTESTS; i++)
	{
		struct split *split = &plan->splits[i];

		if (split->primary.end || (i >= plan->n_backtests && i < MAX_BACKTESTS))
			continue;
		split->primary.end = split->gap.start;
		split->primary.start = moved(split->gap.start, &common, -1);
		if (split->primary.start < plan->first)
			split->primary.start = plan->first;
		print_span(split->primary.duration, split->primary.start, split->primary.end);
	}
	return NULL;
}

/* ---- the answer */

/* Rows of a range; the last instant of the data belongs to what ends there. */
static json_int_t
rows_in(const struct plan *plan, const struct range *range)
{
	json_int_t	n = 0;

	for (size_t i = 0; i < plan->n; i++)
		n += plan->times[i] >= range->start
			&& (plan->times[i] < range->end
				|| (plan->times[i] == range->end && range->end == plan->end));
	return n;
}

/* absent: there is no such range, as without a holdout */
static void
add_range(json_t *out, const struct plan *plan, const char *name, const struct range *range,
		  bool absent)
{
	char		key[64];
	char		text[TIMESTAMP_TEXT_MAX];

	snprintf(key, sizeof key, "%sStartDate", name);
	timestamp_print_micro(text, range->start);
	json_object_set_new(out, key, absent ? json_null() : json_string(text));
	snprintf(key, sizeof key, "%sEndDate", name);
	timestamp_print_micro(text, range->end);
	json_object_set_new(out, key, absent ? json_null() : json_string(text));
	snprintf(key, sizeof key, "%sDuration", name);
	json_object_set_new(out, key, json_string(absent ? "P0Y0M0D" : range->duration));
	snprintf(key, sizeof key, "%sRowCount", name);
	json_object_set_new(out, key, !plan->counts ? json_null()
						: json_integer(absent ? 0 : rows_in(plan, range)));
}

static void
add_split(json_t *out, const struct plan *plan, const struct split *split, const char *scored,
		  bool absent)
{
	struct range all = {.start = plan->first, .end = plan->end};

	print_span(all.duration, all.start, all.end);
	add_range(out, plan, "availableTraining", absent ? &all : &split->available, false);
	add_range(out, plan, "primaryTraining", &split->primary, absent);
	add_range(out, plan, "gap", &split->gap, absent);
	add_range(out, plan, scored, &split->scored, absent);
}

/* The fields of the specification that the answer repeats; others have a default. */
static void
repeat_fields(json_t *out, const json_t *spec)
{
	static const char *const flags[] = {"useTimeSeries", "defaultToKnownInAdvance",
		"defaultToDoNotDerive", "allowPartialHistoryTimeSeriesPredictions", "disableHoldout",
		NULL};
	static const char *const others[] = {"datetimePartitionColumn", "featureDerivationWindowStart",
		"featureDerivationWindowEnd", "forecastWindowStart", "forecastWindowEnd",
		"windowsBasisUnit", "featureSettings", "periodicities", "differencingMethod",
		"treatAsExponential", "multiseriesIdColumns", "useCrossSeriesFeatures", "aggregationType",
		"crossSeriesGroupByColumns", "calendarId", "modelSplits", "unsupervisedMode",
		"unsupervisedType", NULL};

	for (const char *const *name = flags; *name; name++)
		json_object_set_new(out, *name, json_boolean(json_is_true(json_object_get(spec, *name))));
	for (const char *const *name = others; *name; name++)
		if (json_object_get(spec, *name))
			json_object_set(out, *name, json_object_get(spec, *name));
}

static json_t *
answer(const struct plan *plan)
{
	const char *selection = text_of(plan->spec, "autopilotDataSelectionMethod");
	json_t	   *out = json_object();
	json_t	   *backtests = json_array();

	repeat_fields(out, plan->spec);
	json_object_set_new(out, "autopilotDataSelectionMethod",
						json_string(selection ? selection : "duration"));
	json_object_set_new(out, "dateFormat",
						json_string(plan->only_dates ? "%Y-%m-%d" : "%Y-%m-%d %H:%M:%S"));
	json_object_set_new(out, "validationDuration", json_string(plan->validation));
	add_split(out, plan, &plan->splits[MAX_BACKTESTS], "holdout", !plan->holdout);
	if (!plan->holdout)
		json_object_set_new(out, "gapDuration", json_string(plan->gap));
	for (int i = 0; i < plan->n_backtests; i++)
	{
		json_t	   *backtest = json_pack("{s:i}", "index", i);

		add_split(backtest, plan, &plan->splits[i], "validation", false);
		json_array_append_new(backtests, backtest);
	}
	json_object_set_new(out, "backtests", backtests);
	json_object_set_new(out, "numberOfBacktests", json_integer(plan->n_backtests));
	json_object_set_new(out, "totalRowCount", plan->counts ? json_integer((json_int_t) plan->n)
						: json_null());
	json_object_set_new(out, "partitioningWarnings", json_array());
	json_object_set_new(out, "numberOfKnownInAdvanceFeatures", json_integer(0));
	json_object_set_new(out, "numberOfDoNotDeriveFeatures", json_integer(0));
	return out;
}

json_t *
date_layout_make(const json_t *spec, const int64_t *times, size_t n, bool counts,
				 const char **field, const char **why)
{
	struct plan plan = {.spec = spec, .times = times, .n = n, .counts = counts};

	look_at_times(&plan);
	choose_defaults(&plan);
	*field = "numberOfBacktests";
	*why = "is not from 1 to 20";
	if (plan.n_backtests < 1 || plan.n_backtests > MAX_BACKTESTS)
		return NULL;
	*field = "holdoutStartDate";
	*why = plan.holdout ? place_holdout(&plan) : NULL;
	if (!*why)
	{
		*field = "backtests";
		*why = place_backtests(&plan);
	}
	if (!*why)
		*why = place_training(&plan);
	return *why ? NULL : answer(&plan);
}
