/*
 * partitionspec.c
 *		Reads specifications of partitions of training data.
 *
 * To add a name: a line in the table of fields, a field of PartitioningSpec, and a row in
 * docs/coverage.md with its test.
 */
#include "postgres.h"

#include <limits.h>

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "base/jsonbcursor.h"
#include "base/jsonbtext.h"
#include "base/optiontable.h"
#include "partition/partitionspec.h"

/* Classes; homes of their fields. */
enum
{
	RANDOM_CV = 1 << 0,
	STRATIFIED_CV = 1 << 1,
	GROUP_CV = 1 << 2,
	USER_CV = 1 << 3,
	RANDOM_TVH = 1 << 4,
	STRATIFIED_TVH = 1 << 5,
	GROUP_TVH = 1 << 6,
	USER_TVH = 1 << 7,
	DATETIME = 1 << 8
};

#define SHARED_CV (RANDOM_CV | STRATIFIED_CV | GROUP_CV)
#define SHARED_TVH (RANDOM_TVH | STRATIFIED_TVH | GROUP_TVH)
#define USER (USER_CV | USER_TVH)
#define ANY_CLASS (SHARED_CV | SHARED_TVH | USER)

typedef struct PartitionClass
{
	const char *name;			/* that of the client */
	int			home;
	PartitioningMethod method;
	bool		is_cv;
} PartitionClass;

#define CLASSES(X) \
	X("RandomCV", RANDOM_CV, PARTITION_RANDOM, true) \
	X("StratifiedCV", STRATIFIED_CV, PARTITION_STRATIFIED, true) \
	X("GroupCV", GROUP_CV, PARTITION_GROUP, true) \
	X("UserCV", USER_CV, PARTITION_USER, true) \
	X("RandomTVH", RANDOM_TVH, PARTITION_RANDOM, false) \
	X("StratifiedTVH", STRATIFIED_TVH, PARTITION_STRATIFIED, false) \
	X("GroupTVH", GROUP_TVH, PARTITION_GROUP, false) \
	X("UserTVH", USER_TVH, PARTITION_USER, false) \
	X("DatetimePartitioningSpecification", DATETIME, PARTITION_DATETIME, false)

#define AS_CLASS(name_, home_, method_, is_cv_) {name_, home_, method_, is_cv_},
#define AS_CHOICE(name_, home_, method_, is_cv_) {name_, home_},
#define AS_PLACE(name_, home_, method_, is_cv_) \
	{.home = (home_), .name = (name_), .is_json = true},

static const PartitionClass classes[] = {CLASSES(AS_CLASS)};

/* What a specification says it is; each may be missing. */
typedef struct StatedClass
{
	char	   *class;			/* checked, as the next two */
	char	   *method;
	char	   *validation_type;
} StatedClass;

static const OptionChoice class_names[] = {CLASSES(AS_CHOICE){NULL, 0}};

static const OptionChoice methods[] = {
	{"random", PARTITION_RANDOM}, {"stratified", PARTITION_STRATIFIED}, {"group", PARTITION_GROUP},
	{"user", PARTITION_USER}, {"datetime", PARTITION_DATETIME}, {NULL, 0}
};

static const OptionChoice validation_types[] = {{"CV", true}, {"TVH", false}, {NULL, 0}};

#define STATED(name_, wire_, field_, choices_) \
	{.name = (name_), .wire_name = (wire_), .homes = 1, .type = OPTION_CHOICE, \
	 .flags = OPTION_AS_TEXT, .offset = offsetof(StatedClass, field_), .choices = (choices_)}

static const OptionDef stated_defs[] = {
	STATED("class", NULL, class, class_names),
	STATED("cv_method", "cvMethod", method, methods),
	STATED("validation_type", "validationType", validation_type, validation_types)
};

static const OptionPlace stated_places[] = {
	{.home = 1, .name = "a partition", .is_json = true}
};

static const OptionTable stated_table = {
	.defs = stated_defs, .ndefs = lengthof(stated_defs), .size = sizeof(StatedClass),
	.places = stated_places, .nplaces = lengthof(stated_places)
};

/* The other names, with the columns that are listed. */
typedef struct PartitionFields
{
	PartitioningSpec spec;
	List	   *key_columns;	/* of char * */
} PartitionFields;

#define FIELD(name_, wire_, homes_, required_, type_, field_, ...) \
	{.name = (name_), .wire_name = (wire_), .homes = (homes_), .required = (required_), \
	 .type = (type_), .offset = offsetof(PartitionFields, field_), __VA_ARGS__}
#define AS_TEXT .flags = OPTION_AS_TEXT

static const OptionDef field_defs[] = {
	FIELD("holdout_pct", "holdoutPct", SHARED_CV | SHARED_TVH, SHARED_CV | SHARED_TVH, OPTION_REAL,
		  spec.holdout_pct, AS_TEXT, .max = 100),
	FIELD("reps", "reps", SHARED_CV, SHARED_CV, OPTION_INT, spec.reps, AS_TEXT, .max = INT_MAX),
	FIELD("validation_pct", "validationPct", SHARED_TVH, SHARED_TVH, OPTION_REAL,
		  spec.validation_pct, AS_TEXT, .max = 100),
	FIELD("partition_key_cols", "partitionKeyCols", GROUP_CV | GROUP_TVH, GROUP_CV | GROUP_TVH,
		  OPTION_NAMES, key_columns),
	FIELD("user_partition_col", "userPartitionCol", USER, USER, OPTION_TEXT, spec.column),
	FIELD("cv_holdout_level", "cvHoldoutLevel", USER_CV, 0, OPTION_SCALAR, spec.holdout_level),
	FIELD("training_level", "trainingLevel", USER_TVH, USER_TVH, OPTION_SCALAR,
		  spec.training_level),
	FIELD("validation_level", "validationLevel", USER_TVH, USER_TVH, OPTION_SCALAR,
		  spec.validation_level),
	FIELD("holdout_level", "holdoutLevel", USER_TVH, 0, OPTION_SCALAR, spec.holdout_level),
	FIELD("seed", "seed", ANY_CLASS, 0, OPTION_WHOLE, spec.seed, AS_TEXT),
	FIELD("target", NULL, STRATIFIED_CV | STRATIFIED_TVH, 0, OPTION_TEXT, spec.target)
};

static const OptionPlace field_places[] = {CLASSES(AS_PLACE)};

static const OptionTable field_table = {
	.defs = field_defs, .ndefs = lengthof(field_defs), .size = sizeof(PartitionFields),
	.places = field_places, .nplaces = lengthof(field_places)
};

/* Does a name say what the specification is? */
static bool
is_stated(const char *name)
{
	for (size_t i = 0; i < lengthof(stated_defs); i++)
		if (strcmp(name, stated_defs[i].name) == 0 ||
			(stated_defs[i].wire_name && strcmp(name, stated_defs[i].wire_name) == 0))
			return true;
	return false;
}

/*
 * The members that say what the specification is, or the others, palloc'd.  Those that are
 * null are left out: the service has names for all classes in each answer.
 */
static Jsonb *
members(Jsonb *spec, bool stated)
{
	JsonbCursor cursor = drs_jsonb_open(&spec->root);
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	while (drs_jsonb_next(&cursor))
	{
		if (cursor.value.type == jbvNull || is_stated(cursor.name) != stated)
			continue;
		drs_jsonbtext_name(&json, cursor.name);
		drs_jsonbtext_append(&json, &cursor.value);
	}
	appendStringInfoChar(&json, '}');
	return drs_jsonbtext_parse(json.data);
}

/* Does the class agree with all that is stated? */
static bool
fits(const PartitionClass *class, const StatedClass *stated)
{
	const OptionChoice *method = stated->method ?
		drs_option_find_choice(methods, stated->method) : NULL;

	if (stated->class && strcmp(stated->class, class->name) != 0)
		return false;
	if (method && method->value != (int) class->method)
		return false;
	/* the service says TVH of dates */
	return stated->validation_type == NULL ||
		strcmp(stated->validation_type, class->is_cv ? "CV" : "TVH") == 0;
}

static bool
has_member(Jsonb *object, const char *name)
{
	return getKeyJsonValueFromContainer(&object->root, name, (int) strlen(name), NULL) != NULL;
}

static const PartitionClass *
find_class(const StatedClass *stated, Jsonb *rest)
{
	const PartitionClass *found = NULL;
	bool		is_date = has_member(rest, "datetimePartitionColumn") ||
		has_member(rest, "datetime_partition_column");
	int			nfound = 0;

	for (size_t i = 0; i < lengthof(classes); i++)
	{
		bool		possible = stated->class || stated->method ||
			(is_date && classes[i].home == DATETIME);

		if (!possible || !fits(&classes[i], stated))
			continue;
		found = &classes[i];
		nfound++;
	}
	if (nfound == 1)
		return found;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 stated->class ? errmsg("the partition is not a %s by its \"cv_method\" and"
									" \"validation_type\"", stated->class)
			 : errmsg("the specification does not say which partition it is"),
			 errhint("Give its \"class\", such as \"RandomCV\", or \"cv_method\" and"
					 " \"validation_type\".")));
	return NULL;				/* keep the compiler quiet */
}

static void
check_required(const PartitionFields *fields, int home)
{
	for (size_t i = 0; i < lengthof(field_defs); i++)
	{
		const OptionDef *def = &field_defs[i];

		/* each of them is a pointer */
		if ((def->required & home) != 0 &&
			*(void *const *) ((const char *) fields + def->offset) == NULL)
			drs_optiontable_refuse_missing(&field_table, def, home);
	}
}

char *
drs_partitionspec_level(const JsonbValue *level)
{
	if (level == NULL)
		return NULL;
	return level->type == jbvNumeric ? numeric_normalize(level->val.numeric) :
		drs_jsonb_text(level);
}

/* Raise when two sets would have the same value. */
static void
check_levels(const JsonbValue *one, const JsonbValue *other)
{
	if (one && other &&
		strcmp(drs_partitionspec_level(one), drs_partitionspec_level(other)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("two levels of the partition are the same: \"%s\"",
						drs_partitionspec_level(one))));
}

/* Check what the fields say together, and what the engine of options leaves open. */
static void
complete(PartitionFields *fields)
{
	PartitioningSpec *spec = &fields->spec;

	if (spec->method == PARTITION_GROUP)
	{
		if (list_length(fields->key_columns) != 1)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"partition_key_cols\" must name one column")));
		spec->column = linitial(fields->key_columns);
	}
	if (spec->holdout_pct)
		spec->shares = spec->is_cv ? drs_shares_cv(spec->holdout_pct, spec->reps) :
			drs_shares_tvh(spec->holdout_pct, spec->validation_pct);
	check_levels(spec->training_level, spec->validation_level);
	check_levels(spec->training_level, spec->holdout_level);
	check_levels(spec->validation_level, spec->holdout_level);
	if (spec->seed == NULL)
		spec->seed = "0";
}

PartitioningSpec *
drs_partitionspec_read(Jsonb *spec)
{
	PartitionFields *fields = palloc0(sizeof(PartitionFields));
	const PartitionClass *class;
	StatedClass stated;
	Jsonb	   *rest;

	if (!JB_ROOT_IS_OBJECT(spec))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a specification of a partition must be a JSON object"),
				 errhint("For example: %s.",
						 "{\"class\": \"RandomCV\", \"holdout_pct\": 20, \"reps\": 5}")));
	drs_optiontable_init(&stated_table, &stated);
	drs_optiontable_set_object(&stated_table, &stated, members(spec, true), 1);
	rest = members(spec, false);
	class = find_class(&stated, rest);
	drs_optiontable_init(&field_table, fields);
	fields->spec.method = class->method;
	fields->spec.is_cv = class->is_cv;
	fields->spec.given = rest;
	if (class->method == PARTITION_DATETIME)
	{
		fields->spec.datetime = drs_datetimespec_read(rest);
		return &fields->spec;
	}
	drs_optiontable_set_object(&field_table, fields, rest, class->home);
	check_required(fields, class->home);
	complete(fields);
	return &fields->spec;
}

/* ---- what a project uses */

static char *
member_text(JsonbContainer *object, const char *name)
{
	JsonbValue *value = getKeyJsonValueFromContainer(object, name, (int) strlen(name), NULL);

	return value && value->type == jbvString ? drs_jsonb_text(value) : NULL;
}

static const PartitionClass *
class_of_project(JsonbContainer *partition)
{
	StatedClass stated = {
		.method = member_text(partition, "cvMethod"),
		.validation_type = member_text(partition, "validationType")
	};

	for (size_t i = 0; i < lengthof(classes); i++)
		if (stated.method && drs_option_find_choice(methods, stated.method) &&
			fits(&classes[i], &stated))
			return &classes[i];
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("the project has a partition of a kind that is not known here"),
			 errdetail("Its \"cvMethod\" is \"%s\".", stated.method ? stated.method : "")));
	return NULL;				/* keep the compiler quiet */
}

Jsonb *
drs_partitionspec_of_project(JsonbContainer *partition, const char *target)
{
	const PartitionClass *class = class_of_project(partition);
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoChar(&json, '{');
	drs_jsonbtext_text(&json, "class", class->name);
	for (size_t i = 0; i < lengthof(field_defs); i++)
	{
		const OptionDef *def = &field_defs[i];
		JsonbValue *value = def->wire_name && (def->homes & class->home) ?
			getKeyJsonValueFromContainer(partition, def->wire_name, (int) strlen(def->wire_name),
										 NULL) : NULL;

		if (value == NULL || value->type == jbvNull)
			continue;
		drs_jsonbtext_name(&json, def->name);
		drs_jsonbtext_append(&json, value);
	}
	if (target && class->method == PARTITION_STRATIFIED)
		drs_jsonbtext_text(&json, "target", target);
	appendStringInfoChar(&json, '}');
	return drs_jsonbtext_parse(json.data);
}

const char *
drs_partitionspec_method(PartitioningMethod method)
{
	return drs_option_choice(methods, method);
}

const char *
drs_partitionspec_class(const PartitioningSpec *spec)
{
	const PartitionClass *class = classes;

	while (class->method != spec->method || class->is_cv != spec->is_cv)
		class++;
	return class->name;
}
