#include "params.h"

#include <limits.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "numbers.h"
#include "reply.h"

enum type { TYPE_TEXT, TYPE_BOOL, TYPE_INT, TYPE_INT_OR_ALL, TYPE_FLOAT };

/*
 * The parameters of the documentation; `harmless` is the value that asks for nothing (NULL: there
 * is none).
 */
struct parameter
{
	const char *name;
	enum type	type;
	const char *harmless;
};

static const struct parameter others[] = {
	{"maxExplanations", TYPE_INT_OR_ALL, "0"},
	{"maxNgramExplanations", TYPE_INT_OR_ALL, "0"},
	{"explanationAlgorithm", TYPE_TEXT, NULL},
	{"explanationNumTopClasses", TYPE_INT, "1"},
	{"explanationClassNames", TYPE_TEXT, NULL},
	{"thresholdHigh", TYPE_FLOAT, NULL},
	{"thresholdLow", TYPE_FLOAT, NULL},
	{"excludeAdjustedPredictions", TYPE_BOOL, "true"},
	{"predictionWarningEnabled", TYPE_BOOL, "false"},
	{"forecastPoint", TYPE_TEXT, NULL},
	{"predictionsStartDate", TYPE_TEXT, NULL},
	{"predictionsEndDate", TYPE_TEXT, NULL},
	{"relaxKnownInAdvanceFeaturesCheck", TYPE_BOOL, "false"},
};

struct reading
{
	struct parameters *params;
	struct reply *reply;
};

static bool
is_int(const char *text)
{
	char	   *end;
	long		value = strtol(text, &end, 10);

	return *text && *end == '\0' && value > INT_MIN && value < INT_MAX;
}

static const char *
type_mismatch(enum type type, const char *value)
{
	double		number;

	switch (type)
	{
		case TYPE_BOOL:
			return strcmp(value, "true") == 0 || strcmp(value, "false") == 0 ? NULL : "Bool";
		case TYPE_INT_OR_ALL:
			return is_int(value) || strcmp(value, "all") == 0 ? NULL : "int";
		case TYPE_INT:
			return is_int(value) ? NULL : "int";
		case TYPE_FLOAT:
			return number_parse(value, strlen(value), &number) ? NULL : "float";
		case TYPE_TEXT:
			break;
	}
	return NULL;
}

static bool
refuse(struct reading *r, const char *name, const char *why)
{
	reply_error(r->reply, 422, "'%s': %s", name, why);
	return false;
}

static bool
check_type(struct reading *r, const char *name, enum type type, const char *value)
{
	const char *expected = type_mismatch(type, value);

	if (expected)
		reply_error(r->reply, 422, "'%s': value can't be converted to %s", name, expected);
	return expected == NULL;
}

static bool
add_passthrough(struct reading *r, const char *value)
{
	struct parameters *p = r->params;

	for (size_t i = 0; i < p->n_passthrough; i++)
		if (strcmp(p->passthrough[i], value) == 0)
			return true;
	p->passthrough = must_realloc(p->passthrough, (p->n_passthrough + 1) * sizeof *p->passthrough);
	p->passthrough[p->n_passthrough++] = must_copy(value);
	return true;
}

static bool
read_one(struct reading *r, const char *name, const char *value)
{
	if (strcmp(name, "passthroughColumns") == 0)
		return add_passthrough(r, value);
	if (strcmp(name, "passthroughColumnsSet") == 0)
	{
		if (strcmp(value, "all") != 0)
			return refuse(r, name, "value doesn't match any variant: all");
		r->params->passthrough_all = true;
		return true;
	}
	if (strcmp(name, "decimalsNumber") == 0)
	{
		if (!check_type(r, name, TYPE_INT, value))
			return false;
		r->params->decimals = atoi(value);
		if (r->params->decimals < 0 || r->params->decimals > 15)
			return refuse(r, name, "value must be between 0 and 15");
		return true;
	}
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
	{
		const struct parameter *p = &others[i];

		if (strcmp(name, p->name) != 0)
			continue;
		if (!check_type(r, name, p->type, value))
			return false;
		if (!p->harmless || strcmp(value, p->harmless) != 0)
			return refuse(r, name, "not available for this deployment");
		return true;
	}
	reply_error(r->reply, 422, "'%s': %s is not allowed key", name, name);
	return false;
}

static enum MHD_Result
each(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct reading *r = cls;

	(void) kind;
	return read_one(r, name, value ? value : "") ? MHD_YES : MHD_NO;
}

bool
params_read(struct MHD_Connection *connection, struct parameters *p, struct reply *reply)
{
	struct reading r = {.params = p, .reply = reply};

	p->decimals = DECIMALS_ANY;
	MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, each, &r);
	if (!reply->ready && p->n_passthrough > 0 && p->passthrough_all)
		reply_error(reply, 422,
					"passthroughColumns and passthroughColumnsSet cannot both be passed in the "
					"same request");
	return !reply->ready;
}

void
params_free(struct parameters *p)
{
	for (size_t i = 0; i < p->n_passthrough; i++)
		free(p->passthrough[i]);
	free(p->passthrough);
	*p = (struct parameters) {0};
}
