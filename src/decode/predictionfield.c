/*
 * predictionfield.c
 *		Tables of the fields of predictions, and functions to look them up.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"

#include "decode/predictionfield.h"
#include "http/parameters.h"

static const PredictionField fields[] =
{
#define PREDICTION_FIELD(id, origin, name, type, created) \
	[FROM_##id] = {name, origin, type, created},
#include "decode/predictionfieldlist.h"
};

static const FieldContent contents[NROLES] =
{
#define REPLY_VALUE(id, content) [ROLE_##id] = CONTENT_##content,
#define REPLY_PART(id, content) [ROLE_##id] = CONTENT_##content,
#include "decode/predictionfieldlist.h"
};

static const char *const headers[NROLES] =
{
#define CSV_HEADER(id, name) [ROLE_##id] = name,
#include "decode/predictionfieldlist.h"
};

const PredictionField *
drs_prediction_field(ShapeSource source)
{
	Assert(source < PREDICTION_FIELDS);
	return &fields[source];
}

bool
drs_prediction_field_named(const char *name, ShapeSource *source)
{
	for (int i = 0; i < PREDICTION_FIELDS; i++)
		if (strcmp(fields[i].name, name) == 0)
		{
			*source = (ShapeSource) i;
			return true;
		}
	return false;
}

char *
drs_prediction_field_names(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < PREDICTION_FIELDS; i++)
		appendStringInfo(&names, "%s%s", i > 0 ? ", " : "", fields[i].name);
	return names.data;
}

LayoutRole
drs_prediction_role(ShapeSource source)
{
	switch (source)
	{
#define REPLY_VALUE(id, content) case FROM_##id: return ROLE_##id;
#include "decode/predictionfieldlist.h"
		default:
			return NO_ROLE;
	}
}

FieldContent
drs_prediction_content(LayoutRole role)
{
	return role == NO_ROLE ? CONTENT_ANY : contents[role];
}

const char *
drs_prediction_header(LayoutRole role)
{
	return headers[role];
}
