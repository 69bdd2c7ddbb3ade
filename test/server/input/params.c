#include "input/params.h"

#include <limits.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/http_reply.h"
#include "base/numbers.h"
#include "base/timestamps.h"

enum type { TYPE_TEXT, TYPE_BOOL, TYPE_INT, TYPE_INT_OR_ALL, TYPE_FLOAT, TYPE_TIME };

enum { EXPLANATIONS_MAX = 100, CLASSES_MAX = 10, NGRAMS_MAX = 1000, DECIMALS_MAX = 15,
	   DEFAULT_EXPLANATIONS = 3 };

struct parameter;

struct query
{
	struct parameters *params;
	const struct deployment *deployment;
	enum operation operation;
	struct reply *reply;
	unsigned	seen;			/* a bit per parameter */
};

/* A value of the right type. */
struct value
{
	const char *text;
	bool		truth;
	int			count;
	double		number;
	int64_t		seconds;
};

typedef bool (*is_for) (const struct query *r);
typedef bool (*take) (struct query *r, const struct parameter *p, const struct value *v);

/*
 * A documented parameter. A deployment that the parameter is not for still takes the value
 * `harmless`, which asks for nothing (NULL: there is none).
 */
struct parameter
{
	const char *name;
	enum type	type;
	bool		repeated;
	is_for		is_for;			/* NULL: always */
	const char *harmless;
	take		take;
};

static bool
refuse(struct query *r, const char *name, const char *why)
{
	reply_error(r->reply, 422, "'%s': %s", name, why);
	return false;
}

static bool
in_range(struct query *r, const struct parameter *p, const struct value *v, int from, int to)
{
	if (v->count >= from && v->count <= to)
		return true;
	reply_error(r->reply, 422, "'%s': value must be between %d and %d", p->name, from, to);
	return false;
}

/* ---- which deployments take a parameter */

static bool
for_explaining(const struct query *r)
{
	return r->deployment->algorithm != ALGORITHM_NONE && r->operation != OPERATION_REASON_CODES;
}

static bool
for_thresholds(const struct query *r)
{
	return r->deployment->algorithm != ALGORITHM_NONE;
}

static bool
for_reason_codes(const struct query *r)
{
	return r->operation == OPERATION_REASON_CODES || r->operation == OPERATION_EXPLAIN;
}

static bool
for_multiclass(const struct query *r)
{
	return r->deployment->kind == DEPLOYMENT_MULTICLASS && for_explaining(r);
}

static bool
for_exposure(const struct query *r)
{
	return deployment_input(r->deployment, INPUT_EXPOSURE) >= 0;
}

static bool
for_bounds(const struct query *r)
{
	return r->deployment->kind == DEPLOYMENT_REGRESSION && r->deployment->has_bounds;
}

static bool
for_time_series(const struct query *r)
{
	return r->deployment->time != NULL;
}

/* ---- taking values */

static bool
take_passthrough(struct query *r, const struct parameter *p, const struct value *v)
{
	struct parameters *out = r->params;

	(void) p;
	for (size_t i = 0; i < out->n_passthrough; i++)
		if (strcmp(out->passthrough[i], v->text) == 0)
			return true;
	out->passthrough =
		must_realloc(out->passthrough, (out->n_passthrough + 1) * sizeof *out->passthrough);
	out->passthrough[out->n_passthrough++] = must_copy(v->text);
	return true;
}

static bool
take_passthrough_set(struct query *r, const struct parameter *p, const struct value *v)
{
	if (strcmp(v->text, "all") != 0)
		return refuse(r, p->name, "value doesn't match any variant: all");
	r->params->passthrough_all = true;
	return true;
}

static bool
take_decimals(struct query *r, const struct parameter *p, const struct value *v)
{
	r->params->decimals = v->count;
	return in_range(r, p, v, 0, DECIMALS_MAX);
}

static bool
take_explanations(struct query *r, const struct parameter *p, const struct value *v)
{
	r->params->max_explanations = v->count;
	return v->count == COUNT_ALL || in_range(r, p, v, 0, EXPLANATIONS_MAX);
}

static bool
take_ngrams(struct query *r, const struct parameter *p, const struct value *v)
{
	r->params->max_ngrams = v->count;
	return v->count == COUNT_ALL || in_range(r, p, v, 0, NGRAMS_MAX);
}

static bool
take_algorithm(struct query *r, const struct parameter *p, const struct value *v)
{
	enum algorithm wanted = strcmp(v->text, "shap") == 0 ? ALGORITHM_SHAP
		: strcmp(v->text, "xemp") == 0 ? ALGORITHM_XEMP : ALGORITHM_NONE;

	if (wanted == ALGORITHM_NONE)
		return refuse(r, p->name, "value doesn't match any variant: shap, xemp");
	if (!deployment_explains(r->deployment, wanted))
		return refuse(r, p->name, "not available for this deployment");
	r->params->algorithm = wanted;
	return true;
}

static bool
take_top_classes(struct query *r, const struct parameter *p, const struct value *v)
{
	r->params->top_classes = v->count;
	return in_range(r, p, v, 1, CLASSES_MAX);
}

static bool
take_class_name(struct query *r, const struct parameter *p, const struct value *v)
{
	struct parameters *out = r->params;
	const struct deployment *d = r->deployment;
	size_t		c = 0;

	while (c < d->n_classes && strcmp(d->classes[c], v->text) != 0)
		c++;
	if (c == d->n_classes)
		return refuse(r, p->name, "the model has no class of this name");
	for (size_t i = 0; i < out->n_class_numbers; i++)
		if (out->class_numbers[i] == (int) c)
			return refuse(r, p->name, "a class is named more than once");
	out->class_numbers = must_realloc(out->class_numbers,
									  (out->n_class_numbers + 1) * sizeof *out->class_numbers);
	out->class_numbers[out->n_class_numbers++] = (int) c;
	return true;
}

static bool
take_high(struct query *r, const struct parameter *p, const struct value *v)
{
	(void) p;
	r->params->has_high = true;
	r->params->high = v->number;
	return true;
}

static bool
take_low(struct query *r, const struct parameter *p, const struct value *v)
{
	(void) p;
	r->params->has_low = true;
	r->params->low = v->number;
	return true;
}

static bool
take_exclude_adjusted(struct query *r, const struct parameter *p, const struct value *v)
{
	(void) p;
	r->params->include_adjusted = !v->truth;
	return true;
}

static bool
take_warnings(struct query *r, const struct parameter *p, const struct value *v)
{
	(void) p;
	r->params->warnings = v->truth;
	return true;
}

static bool
take_point(struct query *r, const struct parameter *p, const struct value *v)
{
	(void) p;
	r->params->has_point = true;
	r->params->point = v->seconds;
	return true;
}

static bool
take_start(struct query *r, const struct parameter *p, const struct value *v)
{
	(void) p;
	r->params->has_start = true;
	r->params->start = v->seconds;
	return true;
}

static bool
take_end(struct query *r, const struct parameter *p, const struct value *v)
{
	(void) p;
	r->params->has_end = true;
	r->params->end = v->seconds;
	return true;
}

static bool
take_relax(struct query *r, const struct parameter *p, const struct value *v)
{
	(void) p;
	r->params->relax = v->truth;
	return true;
}

static const struct parameter known[] = {
	{"passthroughColumns", TYPE_TEXT, true, NULL, NULL, take_passthrough},
	{"passthroughColumnsSet", TYPE_TEXT, false, NULL, NULL, take_passthrough_set},
	{"decimalsNumber", TYPE_INT, false, NULL, NULL, take_decimals},
	{"maxExplanations", TYPE_INT_OR_ALL, false, for_explaining, "0", take_explanations},
	{"maxCodes", TYPE_INT, false, for_reason_codes, NULL, take_explanations},
	{"maxNgramExplanations", TYPE_INT_OR_ALL, false, for_explaining, "0", take_ngrams},
	{"explanationAlgorithm", TYPE_TEXT, false, for_explaining, NULL, take_algorithm},
	{"explanationNumTopClasses", TYPE_INT, false, for_multiclass, "1", take_top_classes},
	{"explanationClassNames", TYPE_TEXT, true, for_multiclass, NULL, take_class_name},
	{"thresholdHigh", TYPE_FLOAT, false, for_thresholds, NULL, take_high},
	{"thresholdLow", TYPE_FLOAT, false, for_thresholds, NULL, take_low},
	{"excludeAdjustedPredictions", TYPE_BOOL, false, for_exposure, "true", take_exclude_adjusted},
	{"predictionWarningEnabled", TYPE_BOOL, false, for_bounds, "false", take_warnings},
	{"forecastPoint", TYPE_TIME, false, for_time_series, NULL, take_point},
	{"predictionsStartDate", TYPE_TIME, false, for_time_series, NULL, take_start},
	{"predictionsEndDate", TYPE_TIME, false, for_time_series, NULL, take_end},
	{"relaxKnownInAdvanceFeaturesCheck", TYPE_BOOL, false, for_time_series, "false", take_relax},
};

/* ---- reading */

static bool
read_int(const char *text, int *value)
{
	char	   *end;
	long		number = strtol(text, &end, 10);

	*value = (int) number;
	return *text && *end == '\0' && number > INT_MIN && number < INT_MAX;
}

/* A negative number must not be mistaken for COUNT_ALL or COUNT_ABSENT. */
static bool
read_count(const char *text, enum type type, int *value)
{
	if (type == TYPE_INT_OR_ALL && strcmp(text, "all") == 0)
	{
		*value = COUNT_ALL;
		return true;
	}
	if (!read_int(text, value))
		return false;
	if (*value < 0)
		*value = INT_MIN;
	return true;
}

/* NULL, or the name of the type that the text should have. */
static const char *
convert(const struct parameter *p, const char *text, struct value *v)
{
	v->text = text;
	switch (p->type)
	{
		case TYPE_BOOL:
			return truth_parse(text, &v->truth) ? NULL : "Bool";
		case TYPE_INT:
		case TYPE_INT_OR_ALL:
			return read_count(text, p->type, &v->count) ? NULL : "int";
		case TYPE_FLOAT:
			return number_parse(text, strlen(text), &v->number) ? NULL : "float";
		case TYPE_TEXT:
		case TYPE_TIME:
			break;
	}
	return NULL;
}

/* The documentation shows this error with status 400 and an object as the message. */
static bool
refuse_time(struct query *r, const char *name, const char *text)
{
	struct buffer why = {0};

	buffer_print(&why, "Invalid RFC 3339 datetime string: %s", text);
	reply_message_of(r->reply, 400, name, why.data, why.len);
	buffer_free(&why);
	return false;
}

/* Does the value ask for nothing? */
static bool
is_harmless(const struct parameter *p, const char *text, const struct value *v)
{
	if (!p->harmless)
		return false;
	if (p->type == TYPE_BOOL)
		return v->truth == (strcmp(p->harmless, "true") == 0);
	return strcmp(text, p->harmless) == 0;
}

static bool
read_known(struct query *r, const struct parameter *p, const char *text)
{
	unsigned	bit = 1u << (p - known);
	struct value v = {0};
	const char *expected = convert(p, text, &v);

	if (expected)
	{
		reply_error(r->reply, 422, "'%s': value can't be converted to %s", p->name, expected);
		return false;
	}
	if ((r->seen & bit) && !p->repeated)
		return refuse(r, p->name, "given more than once");
	r->seen |= bit;
	if (p->is_for && !p->is_for(r))
		return is_harmless(p, text, &v) || refuse(r, p->name, "not available for this deployment");
	if (p->type == TYPE_TIME && !timestamp_parse_iso(text, &v.seconds))
		return refuse_time(r, p->name, text);
	return p->take(r, p, &v);
}

static enum MHD_Result
read_one(void *cls, enum MHD_ValueKind kind, const char *name, const char *text)
{
	struct query *r = cls;

	(void) kind;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(name, known[i].name) == 0)
			return read_known(r, &known[i], text ? text : "") ? MHD_YES : MHD_NO;
	reply_error(r->reply, 422, "'%s': %s is not allowed key", name, name);
	return MHD_NO;
}

static const char *
find_contradiction(const struct parameters *p, const struct deployment *d)
{
	if (p->n_passthrough > 0 && p->passthrough_all)
		return "passthroughColumns and passthroughColumnsSet cannot both be passed in the same "
			"request";
	if (p->top_classes && p->n_class_numbers)
		return "explanationNumTopClasses and explanationClassNames are mutually exclusive";
	if (p->max_explanations == COUNT_ALL && params_algorithm(p, d) != ALGORITHM_SHAP)
		return "'maxExplanations': all is for SHAP explanations only";
	if (p->has_point && (p->has_start || p->has_end))
		return "forecastPoint cannot be combined with predictionsStartDate and predictionsEndDate";
	if (p->has_start != p->has_end)
		return "predictionsStartDate and predictionsEndDate must be passed together";
	if (p->has_start && p->start > p->end)
		return "predictionsStartDate must not be after predictionsEndDate";
	return NULL;
}

bool
params_read(struct MHD_Connection *connection, const struct deployment *d,
			enum operation operation, struct parameters *p, struct reply *reply)
{
	struct query r = {.params = p, .deployment = d, .operation = operation, .reply = reply};
	const char *contradiction;

	p->decimals = DECIMALS_ANY;
	p->max_explanations = p->max_ngrams = COUNT_ABSENT;
	MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, read_one, &r);
	contradiction = reply->ready ? NULL : find_contradiction(p, d);
	if (contradiction)
		reply_error(reply, 422, "%s", contradiction);
	return !reply->ready;
}

void
params_free(struct parameters *p)
{
	for (size_t i = 0; i < p->n_passthrough; i++)
		free(p->passthrough[i]);
	free(p->passthrough);
	free(p->class_numbers);
	*p = (struct parameters) {0};
}

enum algorithm
params_algorithm(const struct parameters *p, const struct deployment *d)
{
	return p->algorithm != ALGORITHM_NONE ? p->algorithm : d->algorithm;
}

/* If SHAP is asked for by name without a number, every feature is an explanation. */
size_t
params_explanations(const struct parameters *p, const struct deployment *d,
					enum operation operation)
{
	bool		by_default = operation == OPERATION_EXPLAIN || operation == OPERATION_REASON_CODES;
	size_t		wanted;

	if (d->algorithm == ALGORITHM_NONE)
		return 0;
	if (p->max_explanations == COUNT_ALL)
		return d->n_features;
	if (p->max_explanations > 0)
		wanted = (size_t) p->max_explanations;
	else if (p->algorithm == ALGORITHM_SHAP)
		return d->n_features;
	else
		wanted = p->max_explanations == COUNT_ABSENT && by_default ? DEFAULT_EXPLANATIONS : 0;
	return wanted < d->n_features ? wanted : d->n_features;
}
