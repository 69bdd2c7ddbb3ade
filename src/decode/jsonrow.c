/*
 * jsonrow.c
 *		Collects what a row of a JSON reply has (docs/api.md 1.5).
 *
 * PostgreSQL's parser calls back for each thing it meets.  What a callback
 * does depends on the member of the row that is being read and on how deep
 * below it we are: "predictionValues" is a list (2) of objects (3) with a
 * label and a value, and so on.  Values that we only hand on are cut out of
 * the text as they stand.
 *
 * Callbacks must not raise for what they meet: they note the first problem
 * and ignore the rest.
 *
 * NaN and infinities, which JSON lacks but some servers write, are read as the
 * numbers that they are meant to be: what they are worth is looked at where
 * those of CSV are.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "base/servermessage.h"
#include "decode/jsonrow.h"

#define MAX_ITEMS 16384			/* of a list in a row: more than there are classes or explanations */

typedef enum MemberKind
{
	KIND_IGNORED,
	KIND_VALUE,					/* a value of its own */
	KIND_FALLBACK,				/* likewise, unless another member has it */
	KIND_PLACE,					/* the row's place */
	KIND_PREDICTION,			/* a value, or a list of labels */
	KIND_JSON,					/* handed on as it is */
	KIND_OUTPUTS,				/* list of {label, value} */
	KIND_PROBABILITIES,			/* object of label to value: old servers */
	KIND_EXPLANATIONS,			/* list of objects */
	KIND_SHAP,					/* object */
	KIND_EXTRA,					/* object of names to values, as the next */
	KIND_PASSED
} MemberKind;

typedef struct RowMember
{
	const char *name;
	MemberKind	kind;
	LayoutRole	role;			/* that it fills, or NO_ROLE */
} RowMember;

static const RowMember members[] =
{
#define JSON_MEMBER(kind, role, name) {name, KIND_##kind, role},
#include "decode/predictionfieldlist.h"
};

/* Parts of an element: of values, of explanations, of SHAP's metadata. */
static const char *const value_parts[] = {"label", "value"};
static const char *const explanation_parts[] = {
	[EXPLAINED_FEATURE] = "feature",
	[EXPLAINED_VALUE] = "featureValue",
	[EXPLAINED_STRENGTH] = "strength",
	[EXPLAINED_QUALITY] = "qualitativeStrength",
	[EXPLAINED_LABEL] = "label",
	[EXPLAINED_NGRAMS] = "perNgramTextExplanations",
};
static const char *const shap_parts[] = {"baseValue", "remainingTotal", "warnings"};
static const LayoutRole shap_roles[] = {ROLE_SHAP_BASE, ROLE_SHAP_REMAINING, ROLE_SHAP_WARNINGS};

typedef struct RowParse
{
	JsonLexContext *lex;
	JsonRow    *row;
	const char *problem;		/* the first one */
	uint32		seen_members;	/* of members[] */
	uint32		seen_parts;		/* of the element being read */
	int			depth;			/* objects and lists around what is being read; 1: a member of the row */
	const RowMember *member;		/* being read; NULL: an unknown one */
	int			part_depth;		/* where the target's member stands */
	ReplyField	   *target;			/* takes the value being read; NULL: nobody does */
	bool		as_json;		/* the target takes JSON */
	bool	   *is_number;		/* is told of the target's value; NULL: nobody is */
	const char *start;			/* of the value, in the text */
	bool		nested;			/* the value is an object or a list */
	ReplyField		label;			/* target for the label of a value */
	const char *whole;			/* where "extraModelOutput" begins */
	bool		quotes_words;	/* numbers that JSON lacks stand in quotes */
} RowParse;

static void
note(RowParse *parsing, const char *problem)
{
	if (parsing->problem == NULL)
		parsing->problem = problem;
}

static MemberKind
kind_of(const RowParse *parsing)
{
	return parsing->member ? parsing->member->kind : KIND_IGNORED;
}

JsonNamed *
drs_json_list_add(JsonList *list, char *name)
{
	JsonNamed  *item;

	if (list->count == MAX_ITEMS)
		return NULL;
	/* room grows by doubling: at powers of two it is full */
	if (list->count == 0)
		list->items = palloc(sizeof(JsonNamed));
	else if ((list->count & (list->count - 1)) == 0)
		list->items = repalloc(list->items, sizeof(JsonNamed) * list->count * 2);
	item = &list->items[list->count++];
	memset(item, 0, sizeof(*item));
	item->name = name;
	return item;
}

/* Room for one more, or NULL, which is noted. */
static JsonNamed *
list_add(RowParse *parsing, JsonList *list, char *name)
{
	JsonNamed  *item = drs_json_list_add(list, name);

	if (item == NULL)
		note(parsing, "a list is too long");
	return item;
}

static Explanation *
add_explanation(RowParse *parsing)
{
	JsonRow    *row = parsing->row;
	int			count = row->nexplanations;

	if (count == MAX_ITEMS)
	{
		note(parsing, "a list is too long");
		return NULL;
	}
	if (count == 0)
		row->explanations = palloc(sizeof(Explanation));
	else if ((count & (count - 1)) == 0)
		row->explanations = repalloc(row->explanations, sizeof(Explanation) * count * 2);
	memset(&row->explanations[count], 0, sizeof(Explanation));
	return &row->explanations[row->nexplanations++];
}

/* From here on, the value that is read goes there. */
static void
aim(RowParse *parsing, ReplyField *target, bool as_json)
{
	parsing->target = target;
	parsing->as_json = as_json;
	parsing->is_number = NULL;
	parsing->part_depth = parsing->depth;
	parsing->start = parsing->lex->token_start;
	parsing->nested = false;
}

/* Note that a part was met; false when it is the second time. */
static bool
is_first(RowParse *parsing, uint32 *seen, int which)
{
	if (*seen & ((uint32) 1 << which))
	{
		note(parsing, "a member stands twice");
		return false;
	}
	*seen |= (uint32) 1 << which;
	return true;
}

static int
find_part(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

/* The better form of a value wins, whichever comes first. */
static bool
is_superseded(const RowParse *parsing, const RowMember *member)
{
	return member->kind == KIND_FALLBACK && parsing->row->fields[member->role].text != NULL;
}

static const RowMember *
find_member(const char *name)
{
	for (size_t i = 0; i < lengthof(members); i++)
		if (members[i].name[0] == name[0] && strcmp(members[i].name, name) == 0)
			return &members[i];
	return NULL;
}

static void
begin_member(RowParse *parsing, const char *name)
{
	JsonRow    *row = parsing->row;
	const RowMember *member = find_member(name);

	parsing->member = NULL;
	if (member == NULL || !is_first(parsing, &parsing->seen_members, (int) (member - members)) ||
		is_superseded(parsing, member))
		return;
	parsing->member = member;
	switch (member->kind)
	{
		case KIND_PLACE:
			aim(parsing, &row->id, false);
			break;
		case KIND_VALUE:
		case KIND_FALLBACK:
		case KIND_PREDICTION:
		case KIND_JSON:
			row->has[member->role] = true;
			aim(parsing, &row->fields[member->role], member->kind == KIND_JSON);
			break;
		case KIND_EXPLANATIONS:
			row->has_explanations = true;
			break;
		case KIND_EXTRA:
			row->has[ROLE_EXTRA] = true;
			parsing->whole = parsing->lex->token_start;
			break;
		default:
			break;
	}
}

/* A member of an element of "predictionValues". */
static void
begin_value_part(RowParse *parsing, const char *name)
{
	JsonList   *values = &parsing->row->values;
	int			part = find_part(value_parts, lengthof(value_parts), name);

	if (part < 0 || !is_first(parsing, &parsing->seen_parts, part))
		return;
	aim(parsing, part == 0 ? &parsing->label : &values->items[values->count - 1].value, false);
	if (part == 1)
		parsing->is_number = &values->items[values->count - 1].is_number;
}

/* The label of a value was read. */
static void
take_label(RowParse *parsing)
{
	JsonList   *values = &parsing->row->values;

	if (parsing->nested || parsing->label.text == NULL)
		note(parsing, "a label is neither text nor number");
	else
		values->items[values->count - 1].name = parsing->label.text;
}

static void
begin_explanation_part(RowParse *parsing, const char *name)
{
	JsonRow    *row = parsing->row;
	int			part = find_part(explanation_parts, EXPLANATION_PARTS, name);

	if (part < 0 || !is_first(parsing, &parsing->seen_parts, part))
		return;
	aim(parsing, &row->explanations[row->nexplanations - 1].parts[part], part == EXPLAINED_NGRAMS);
	row->has_ngrams |= part == EXPLAINED_NGRAMS;
}

static void
begin_shap_part(RowParse *parsing, const char *name)
{
	int			part = find_part(shap_parts, lengthof(shap_parts), name);

	if (part < 0 || !is_first(parsing, &parsing->seen_parts, part))
		return;
	parsing->row->has[shap_roles[part]] = true;
	aim(parsing, &parsing->row->fields[shap_roles[part]], true);
}

static void
begin_named(RowParse *parsing, JsonList *list, char *name)
{
	JsonNamed  *item = list_add(parsing, list, name);

	if (item == NULL)
		return;
	aim(parsing, &item->value, false);
	parsing->is_number = &item->is_number;
}

static drs_json_result
on_field_start(void *arg, char *name, bool isnull)
{
	RowParse    *parsing = arg;
	MemberKind	kind = kind_of(parsing);

	if (parsing->problem)
		return DRS_JSON_CONTINUE;
	if (parsing->depth == 1)
		begin_member(parsing, name);
	else if (parsing->depth == 3 && kind == KIND_OUTPUTS)
		begin_value_part(parsing, name);
	else if (parsing->depth == 3 && kind == KIND_EXPLANATIONS)
		begin_explanation_part(parsing, name);
	else if (parsing->depth == 2 && kind == KIND_SHAP)
		begin_shap_part(parsing, name);
	else if (parsing->depth == 2 && kind == KIND_PROBABILITIES)
	{
		parsing->row->is_old = true;
		begin_named(parsing, &parsing->row->values, name);
	}
	else if (parsing->depth == 2 && kind == KIND_EXTRA)
		begin_named(parsing, &parsing->row->extra, name);
	else if (parsing->depth == 2 && kind == KIND_PASSED)
		begin_named(parsing, &parsing->row->passed, name);
	return DRS_JSON_CONTINUE;
}

/* The text from there to where the parser is. */
static void
cut_out(const RowParse *parsing, ReplyField *target, const char *start)
{
	target->len = parsing->lex->prev_token_terminator - start;
	target->text = pnstrdup(start, target->len);
}

/* What a scalar did not fill in is cut out of the text. */
static drs_json_result
on_field_end(void *arg, char *name, bool isnull)
{
	RowParse    *parsing = arg;

	if (parsing->problem)
		return DRS_JSON_CONTINUE;
	if (parsing->target && parsing->depth == parsing->part_depth)
	{
		if (parsing->target == &parsing->label)
			take_label(parsing);
		else if (!isnull && (parsing->nested || parsing->as_json))
			cut_out(parsing, parsing->target, parsing->start);
		parsing->target = NULL;
	}
	if (parsing->depth == 1 && kind_of(parsing) == KIND_EXTRA && !isnull)
		cut_out(parsing, &parsing->row->fields[ROLE_EXTRA], parsing->whole);
	if (parsing->depth == 1)
		parsing->member = NULL;
	return DRS_JSON_CONTINUE;
}

/* May an object (or else a list) stand where one begins now, at parsing->depth? */
static bool
may_nest(const RowParse *parsing, bool object)
{
	MemberKind	kind = kind_of(parsing);
	int			depth = parsing->depth;

	switch (kind)
	{
		case KIND_VALUE:
		case KIND_FALLBACK:
		case KIND_PLACE:
			return false;
		case KIND_PREDICTION:
			return depth == 1 && !object;
		case KIND_OUTPUTS:
		case KIND_EXPLANATIONS:
			return depth == 1 ? !object : depth > 2 || object;
		case KIND_PROBABILITIES:
			return depth == 1 && object;
		case KIND_SHAP:
		case KIND_EXTRA:
		case KIND_PASSED:
			return depth > 1 || object;
		default:
			return true;
	}
}

static void
nest(RowParse *parsing, bool object)
{
	MemberKind	kind = kind_of(parsing);

	if (parsing->problem == NULL && parsing->depth > 0)
	{
		if (!may_nest(parsing, object))
			note(parsing, "a member is of the wrong type");
		else if (parsing->depth == 2 && kind == KIND_OUTPUTS)
			(void) list_add(parsing, &parsing->row->values, NULL);
		else if (parsing->depth == 2 && kind == KIND_EXPLANATIONS)
			(void) add_explanation(parsing);
		else if (parsing->depth == 1 && kind == KIND_PREDICTION)
		{
			parsing->row->is_list = true;
			parsing->target = NULL;
		}
		if (parsing->depth <= 2)
			parsing->seen_parts = 0;
		if (parsing->target)
			parsing->nested = true;
	}
	parsing->depth++;
}

static drs_json_result
on_object_start(void *arg)
{
	nest(arg, true);
	return DRS_JSON_CONTINUE;
}

static drs_json_result
on_array_start(void *arg)
{
	nest(arg, false);
	return DRS_JSON_CONTINUE;
}

static drs_json_result
on_nest_end(void *arg)
{
	RowParse    *parsing = arg;

	parsing->depth--;
	return DRS_JSON_CONTINUE;
}

/* The text of a scalar; truth values are spelled as CSV replies have them. */
static ReplyField
scalar_field(char *token, JsonTokenType type)
{
	ReplyField		field = {token, 0};

	if (type == JSON_TOKEN_NULL)
		field.text = NULL;
	else if (type == JSON_TOKEN_TRUE)
		field.text = "True";
	else if (type == JSON_TOKEN_FALSE)
		field.text = "False";
	field.len = field.text ? strlen(field.text) : 0;
	return field;
}

/* Words for numbers that JSON does not have, as Python writes them. */
static const char *const words[] = {"NaN", "Infinity", "-Infinity"};

/* The word that the text begins with, or NULL. */
static const char *
word_at(const char *text, size_t len)
{
	for (size_t i = 0; i < lengthof(words); i++)
		if (len >= strlen(words[i]) && strncmp(text, words[i], strlen(words[i])) == 0)
			return words[i];
	return NULL;
}

static drs_json_result
on_scalar(void *arg, char *token, JsonTokenType type)
{
	RowParse    *parsing = arg;
	MemberKind	kind = kind_of(parsing);
	ReplyField		field = scalar_field(token, type);

	if (parsing->quotes_words && type == JSON_TOKEN_STRING && word_at(token, strlen(token)))
		type = JSON_TOKEN_NUMBER;
	if (parsing->problem)
		return DRS_JSON_CONTINUE;
	if (parsing->target && !parsing->nested && !parsing->as_json)
	{
		*parsing->target = field;
		if (parsing->is_number)
			*parsing->is_number = type == JSON_TOKEN_NUMBER;
		if (kind == KIND_PREDICTION)
		{
			parsing->row->is_text = type == JSON_TOKEN_STRING;
			parsing->row->is_number = type == JSON_TOKEN_NUMBER;
		}
	}
	else if (kind == KIND_PREDICTION && parsing->depth == 2 && field.text)
		(void) list_add(parsing, &parsing->row->labels, field.text);
	else if (kind == KIND_PREDICTION && parsing->depth == 2)
		note(parsing, "a label is null");
	else if (kind > KIND_JSON && parsing->depth < (kind == KIND_OUTPUTS || kind == KIND_EXPLANATIONS ? 3 : 2) &&
			 type != JSON_TOKEN_NULL)
		note(parsing, "a member is of the wrong type");
	return DRS_JSON_CONTINUE;
}

void
drs_jsonrow_refuse(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the answer is not well-formed JSON"),
			 errdetail("In it, %s.", problem)));
}

void
drs_json_refuse_syntax(JsonLexContext *lex, JsonParseErrorType result)
{
	const char *detail = json_errdetail(result, lex);

	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the answer is not well-formed JSON"),
			 errdetail_internal("%s", drs_one_line(detail, strlen(detail), 200))));
}

void
drs_jsonrow_check(const char *text, size_t len)
{
	JsonSemAction nothing = {0};
	JsonLexContext *lex = drs_json_lexer(unconstify(char *, text), (int) len, GetDatabaseEncoding());
	JsonParseErrorType result = pg_parse_json(lex, &nothing);

	if (result != JSON_SUCCESS)
		drs_json_refuse_syntax(lex, result);
}

/* The text with those words in quotes, palloc'd; NULL when there are none outside of strings. */
static char *
quote_words(const char *text, size_t len)
{
	StringInfoData quoted;
	bool		in_string = false;
	bool		found = false;

	initStringInfo(&quoted);
	for (size_t at = 0; at < len; at++)
	{
		const char *word = in_string ? NULL : word_at(text + at, len - at);

		if (word)
		{
			appendStringInfo(&quoted, "\"%s\"", word);
			at += strlen(word) - 1;
			found = true;
			continue;
		}
		if (in_string && text[at] == '\\' && at + 1 < len)
			appendStringInfoChar(&quoted, text[at++]);
		else if (text[at] == '"')
			in_string = !in_string;
		appendStringInfoChar(&quoted, text[at]);
	}
	return found ? quoted.data : NULL;
}

/* A documented answer leaves the prediction of a forecast out: of a single output, it is that. */
static void
complete_prediction(JsonRow *row)
{
	if (row->has[ROLE_PREDICTION] || row->values.count != 1)
		return;
	row->has[ROLE_PREDICTION] = true;
	row->is_number = row->values.items[0].is_number;
	row->is_text = !row->is_number;
	row->fields[ROLE_PREDICTION] = row->values.items[0].value;
}

/* Parse into row; what a text with those words in quotes has, is numbers. */
static JsonParseErrorType
parse(RowParse *parsing, JsonRow *row, const char *text, size_t len, bool quotes_words)
{
	JsonSemAction actions = {0};

	memset(row, 0, sizeof(*row));
	memset(parsing, 0, sizeof(*parsing));
	parsing->row = row;
	parsing->quotes_words = quotes_words;
	parsing->lex = drs_json_lexer(unconstify(char *, text), (int) len, GetDatabaseEncoding());
	actions.semstate = parsing;
	actions.object_start = on_object_start;
	actions.array_start = on_array_start;
	actions.object_end = actions.array_end = on_nest_end;
	actions.object_field_start = on_field_start;
	actions.object_field_end = on_field_end;
	actions.scalar = on_scalar;
	return pg_parse_json(parsing->lex, &actions);
}

void
drs_jsonrow_parse(JsonRow *row, const char *text, size_t len)
{
	RowParse		parsing;
	JsonParseErrorType result = parse(&parsing, row, text, len, false);
	char	   *quoted = result == JSON_SUCCESS ? NULL : quote_words(text, len);

	if (quoted)
		result = parse(&parsing, row, quoted, strlen(quoted), true);
	if (result != JSON_SUCCESS)
		drs_json_refuse_syntax(parsing.lex, result);
	if (parsing.problem)
		drs_jsonrow_refuse(parsing.problem);
	for (int i = 0; i < row->values.count; i++)
		if (row->values.items[i].name == NULL)
			drs_jsonrow_refuse("a value has no label");
	complete_prediction(row);
}
