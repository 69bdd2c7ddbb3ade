/*
 * drumrow.c
 *		Parses predictions of DRUM without member names: {"predictions": [1.5,
 *		2.5]} and {"predictions": [{"yes": 0.8, "no": 0.2}]}.
 *
 * They are converted to rows like those of the Prediction API, so that all
 * other code is shared (docs/api.md 1.10).
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "decode/drumrow.h"

typedef struct DrumParse
{
	JsonRow    *row;
	int			depth;			/* of objects and lists that are open */
	const char *problem;
} DrumParse;

/* Only the outermost object is allowed. */
static drs_json_result
on_object_start(void *arg)
{
	DrumParse  *parsing = arg;

	if (parsing->depth++ > 0)
		parsing->problem = "the probability of a class is an object";
	return DRS_JSON_CONTINUE;
}

static drs_json_result
on_array_start(void *arg)
{
	DrumParse  *parsing = arg;

	parsing->depth++;
	parsing->problem = "a prediction is a list";
	return DRS_JSON_CONTINUE;
}

static drs_json_result
on_nest_end(void *arg)
{
	DrumParse  *parsing = arg;

	parsing->depth--;
	return DRS_JSON_CONTINUE;
}

static drs_json_result
on_field_start(void *arg, char *name, bool isnull)
{
	DrumParse  *parsing = arg;

	if (parsing->problem == NULL && drs_json_list_add(&parsing->row->values, name) == NULL)
		parsing->problem = "a list is too long";
	return DRS_JSON_CONTINUE;
}

static drs_json_result
on_scalar(void *arg, char *token, JsonTokenType type)
{
	DrumParse  *parsing = arg;
	JsonRow    *row = parsing->row;
	ReplyField	field = {type == JSON_TOKEN_NULL ? NULL : token,
							 type == JSON_TOKEN_NULL ? 0 : strlen(token)};

	if (parsing->problem)
		return DRS_JSON_CONTINUE;
	if (parsing->depth == 0)
	{
		row->fields[ROLE_PREDICTION] = field;
		row->is_text = type == JSON_TOKEN_STRING;
		row->is_number = type == JSON_TOKEN_NUMBER;
		return DRS_JSON_CONTINUE;
	}
	row->values.items[row->values.count - 1].value = field;
	row->values.items[row->values.count - 1].is_number = true;
	if (type != JSON_TOKEN_NUMBER && type != JSON_TOKEN_NULL)
		parsing->problem = "the probability of a class is not a number";
	return DRS_JSON_CONTINUE;
}

/* The label of the most probable class; NULL where a probability is missing. */
static char *
most_probable(const JsonList *classes, const char *positive_class)
{
	int			best = 0;
	double		most = -1;

	for (int i = 0; i < classes->count; i++)
	{
		double		value;

		if (classes->items[i].value.text == NULL)
			return NULL;
		value = strtod(classes->items[i].value.text, NULL);
		if (value < most || (value == most && (positive_class == NULL || classes->count != 2 ||
											   strcmp(classes->items[best].name, positive_class) !=
											   0)))
			continue;
		best = i;
		most = value;
	}
	return classes->items[best].name;
}

void
drs_drumrow_parse(JsonRow *row, const char *text, size_t len, const char *positive_class)
{
	JsonLexContext *lex = drs_json_lexer(unconstify(char *, text), (int) len,
										 GetDatabaseEncoding());
	DrumParse	parsing = {.row = row};
	JsonSemAction actions = {0};
	JsonParseErrorType result;

	memset(row, 0, sizeof(*row));
	actions.semstate = &parsing;
	actions.object_start = on_object_start;
	actions.array_start = on_array_start;
	actions.object_end = actions.array_end = on_nest_end;
	actions.object_field_start = on_field_start;
	actions.scalar = on_scalar;
	result = pg_parse_json(lex, &actions);
	if (result != JSON_SUCCESS)
		drs_json_refuse_syntax(lex, result);
	if (parsing.problem == NULL && text[0] == '{' && row->values.count < 2)
		parsing.problem = "a prediction has fewer than two classes";
	if (parsing.problem)
		drs_jsonrow_refuse(parsing.problem);
	row->has[ROLE_PREDICTION] = true;
	if (row->values.count > 0)
	{
		char	   *label = most_probable(&row->values, positive_class);

		row->is_text = true;
		row->fields[ROLE_PREDICTION] = (ReplyField) {label, label ? strlen(label) : 0};
	}
}
