/*
 * jsonrow.c
 *		Collects the contents of a row of a JSON answer (docs/api.md 1.5).
 *
 * PostgreSQL's parser calls back for each object, list, member and scalar.
 * What a callback does depends on the member of the row that is being read
 * and on the depth: "predictionValues" is a list (2) of objects (3) with a
 * label and a value, and so on.  The table forms[] describes each kind of member.
 * Values that are only passed on are cut out of the text unchanged.
 *
 * Callbacks do not raise for bad contents: they note the first problem and ignore the rest.
 *
 * NaN and infinities, which JSON lacks but some servers write, are read as
 * numbers; whether they are allowed is checked as for CSV.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "base/servermessage.h"
#include "decode/jsonrow.h"

#define MAX_ITEMS 16384			/* of a list in a row: more than classes or explanations */

typedef enum MemberKind
{
	KIND_IGNORED,
	KIND_VALUE,					/* a single value */
	KIND_FALLBACK,				/* likewise, unless another member fills the role */
	KIND_PLACE,					/* the row's place */
	KIND_PREDICTION,			/* a value, or a list of labels */
	KIND_JSON,					/* passed on unchanged */
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

/* The names of parts of an element: of outputs, explanations and SHAP's metadata. */
static const char *const output_parts[] = {"label", "value"};
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

/* What may begin inside a member. */
typedef enum Nesting
{
	NESTS_NOTHING = 0,
	NESTS_LIST = 1,
	NESTS_OBJECT = 2,
	NESTS_ANYTHING = NESTS_LIST | NESTS_OBJECT
} Nesting;

#define MAX_DEPTH 3				/* deeper levels have the same rules as this one */

typedef struct RowParse RowParse;

/*
 * How members of a kind are read.  Depths count the objects and lists around
 * something: a member of the row is at 1.
 */
typedef struct MemberForm
{
	int			part_depth;		/* where its parts are; 0: it has none */
	Nesting		nests[MAX_DEPTH];	/* at depth 1, at 2, and further below */
	bool		as_json;		/* the role takes it unchanged */
	bool		yields;			/* it is ignored when the role has a value */

	/* called when these begin; NULL: nothing is done */
	void		(*begin) (RowParse *parsing);	/* the member */
	void		(*open) (RowParse *parsing);	/* a list or an object around parts */
	void		(*begin_part) (RowParse *parsing, char *name);	/* a member of that object */
	void		(*take_item) (RowParse *parsing, ReplyField item);	/* an item of that list */
} MemberForm;

/* Where a value goes that is being read. */
typedef struct JsonTarget
{
	ReplyField *field;			/* takes it; NULL: the value is ignored */
	bool		as_json;		/* the text of the JSON value, unchanged */
	bool		nested;			/* it is an object or a list */
	const char *start;			/* in the text */
	bool	   *is_number;		/* set to whether it is a number, unless NULL */
	bool	   *is_text;		/* likewise */
	void		(*taken) (RowParse *parsing);	/* called when it is read, unless NULL */
} JsonTarget;

struct RowParse
{
	JsonLexContext *lex;
	JsonRow    *row;
	const char *problem;		/* the first one */
	uint32		seen_members;	/* of members[] */
	uint32		seen_parts;		/* of the element being read */
	int			depth;			/* number of objects and lists that are open */
	const MemberForm *form;		/* of the member being read */
	JsonTarget	whole;			/* of the member */
	JsonTarget	part;			/* of its part */
	ReplyField	label;			/* of an output, when it is read */
	bool		quotes_words;	/* numbers that JSON lacks were put in quotes */
};

static void
note(RowParse *parsing, const char *problem)
{
	if (parsing->problem == NULL)
		parsing->problem = problem;
}

JsonNamed *
drs_json_list_add(JsonList *list, char *name)
{
	JsonNamed  *item;

	if (list->count == MAX_ITEMS)
		return NULL;
	/* the array grows by doubling: it is full when the count is a power of two */
	if (list->count == 0)
		list->items = palloc(sizeof(JsonNamed));
	else if ((list->count & (list->count - 1)) == 0)
		list->items = repalloc(list->items, sizeof(JsonNamed) * list->count * 2);
	item = &list->items[list->count++];
	memset(item, 0, sizeof(*item));
	item->name = name;
	return item;
}

/* Append an item, or note a problem and return NULL. */
static JsonNamed *
list_add(RowParse *parsing, JsonList *list, char *name)
{
	JsonNamed  *item = drs_json_list_add(list, name);

	if (item == NULL)
		note(parsing, "a list is too long");
	return item;
}

/* From here on, the value that is read goes to field. */
static void
aim(RowParse *parsing, JsonTarget *target, ReplyField *field, bool as_json)
{
	memset(target, 0, sizeof(*target));
	target->field = field;
	target->as_json = as_json;
	target->start = parsing->lex->token_start;
}

/* Note that a part was found; false when it is the second time. */
static bool
is_first(RowParse *parsing, uint32 *seen, int which)
{
	if (*seen & ((uint32) 1 << which))
	{
		note(parsing, "a member occurs twice");
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

static void
begin_place(RowParse *parsing)
{
	aim(parsing, &parsing->whole, &parsing->row->id, false);
}

static void
begin_prediction(RowParse *parsing)
{
	parsing->whole.is_number = &parsing->row->is_number;
	parsing->whole.is_text = &parsing->row->is_text;
}

static void
open_labels(RowParse *parsing)
{
	parsing->row->is_list = true;
	parsing->whole.field = NULL;
}

static void
take_label(RowParse *parsing, ReplyField label)
{
	if (label.text)
		(void) list_add(parsing, &parsing->row->labels, label.text);
	else
		note(parsing, "a label is null");
}

static void
open_output(RowParse *parsing)
{
	(void) list_add(parsing, &parsing->row->values, NULL);
}

/* The label of an output was read. */
static void
take_output_label(RowParse *parsing)
{
	JsonList   *values = &parsing->row->values;

	if (parsing->part.nested || parsing->label.text == NULL)
		note(parsing, "a label is neither text nor number");
	else
		values->items[values->count - 1].name = parsing->label.text;
}

static void
begin_output_part(RowParse *parsing, char *name)
{
	JsonNamed  *output = &parsing->row->values.items[parsing->row->values.count - 1];
	int			part = find_part(output_parts, lengthof(output_parts), name);

	if (part < 0 || !is_first(parsing, &parsing->seen_parts, part))
		return;
	aim(parsing, &parsing->part, part == 0 ? &parsing->label : &output->value, false);
	if (part == 0)
		parsing->part.taken = take_output_label;
	else
		parsing->part.is_number = &output->is_number;
}

static void
begin_explanations(RowParse *parsing)
{
	parsing->row->has_explanations = true;
}

static void
open_explanation(RowParse *parsing)
{
	JsonRow    *row = parsing->row;
	int			count = row->nexplanations;

	if (count == MAX_ITEMS)
	{
		note(parsing, "a list is too long");
		return;
	}
	if (count == 0)
		row->explanations = palloc(sizeof(Explanation));
	else if ((count & (count - 1)) == 0)
		row->explanations = repalloc(row->explanations, sizeof(Explanation) * count * 2);
	memset(&row->explanations[row->nexplanations++], 0, sizeof(Explanation));
}

static void
begin_explanation_part(RowParse *parsing, char *name)
{
	JsonRow    *row = parsing->row;
	Explanation *explanation = &row->explanations[row->nexplanations - 1];
	int			part = find_part(explanation_parts, EXPLANATION_PARTS, name);

	if (part < 0 || !is_first(parsing, &parsing->seen_parts, part))
		return;
	aim(parsing, &parsing->part, &explanation->parts[part], part == EXPLAINED_NGRAMS);
	row->has_ngrams |= part == EXPLAINED_NGRAMS;
}

static void
begin_shap_part(RowParse *parsing, char *name)
{
	int			part = find_part(shap_parts, lengthof(shap_parts), name);

	if (part < 0 || !is_first(parsing, &parsing->seen_parts, part))
		return;
	parsing->row->has[shap_roles[part]] = true;
	aim(parsing, &parsing->part, &parsing->row->fields[shap_roles[part]], true);
}

static void
begin_named(RowParse *parsing, JsonList *list, char *name)
{
	JsonNamed  *item = list_add(parsing, list, name);

	if (item == NULL)
		return;
	aim(parsing, &parsing->part, &item->value, false);
	parsing->part.is_number = &item->is_number;
}

static void
begin_probability(RowParse *parsing, char *name)
{
	parsing->row->is_old = true;
	begin_named(parsing, &parsing->row->values, name);
}

static void
begin_extra(RowParse *parsing, char *name)
{
	begin_named(parsing, &parsing->row->extra, name);
}

static void
begin_passed(RowParse *parsing, char *name)
{
	begin_named(parsing, &parsing->row->passed, name);
}

#define ANYTHING {NESTS_ANYTHING, NESTS_ANYTHING, NESTS_ANYTHING}
#define LIST_OF_LABELS {NESTS_LIST, NESTS_NOTHING, NESTS_NOTHING}
#define LIST_OF_OBJECTS {NESTS_LIST, NESTS_OBJECT, NESTS_ANYTHING}
#define OBJECT_OF_VALUES {NESTS_OBJECT, NESTS_NOTHING, NESTS_NOTHING}
#define OBJECT_OF_ANYTHING {NESTS_OBJECT, NESTS_ANYTHING, NESTS_ANYTHING}

static const MemberForm forms[] =
{
	[KIND_IGNORED] = {.nests = ANYTHING},
	[KIND_VALUE] = {.nests = {NESTS_NOTHING}},
	[KIND_FALLBACK] = {.nests = {NESTS_NOTHING}, .yields = true},
	[KIND_PLACE] = {.nests = {NESTS_NOTHING}, .begin = begin_place},
	[KIND_PREDICTION] = {2, LIST_OF_LABELS, .begin = begin_prediction, .open = open_labels,
		.take_item = take_label},
	[KIND_JSON] = {.nests = ANYTHING, .as_json = true},
	[KIND_OUTPUTS] = {3, LIST_OF_OBJECTS, .open = open_output, .begin_part = begin_output_part},
	[KIND_PROBABILITIES] = {2, OBJECT_OF_VALUES, .begin_part = begin_probability},
	[KIND_EXPLANATIONS] = {3, LIST_OF_OBJECTS, .begin = begin_explanations,
		.open = open_explanation, .begin_part = begin_explanation_part},
	[KIND_SHAP] = {2, OBJECT_OF_ANYTHING, .begin_part = begin_shap_part},
	[KIND_EXTRA] = {2, OBJECT_OF_ANYTHING, .as_json = true, .begin_part = begin_extra},
	[KIND_PASSED] = {2, OBJECT_OF_ANYTHING, .begin_part = begin_passed},
};

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
	const MemberForm *form = member ? &forms[member->kind] : NULL;

	if (member == NULL || !is_first(parsing, &parsing->seen_members, (int) (member - members)) ||
		(form->yields && row->fields[member->role].text))
		return;
	parsing->form = form;
	if (member->role != NO_ROLE)
	{
		row->has[member->role] = true;
		aim(parsing, &parsing->whole, &row->fields[member->role], form->as_json);
	}
	if (form->begin)
		form->begin(parsing);
}

static drs_json_result
on_field_start(void *arg, char *name, bool isnull)
{
	RowParse   *parsing = arg;

	if (parsing->problem)
		return DRS_JSON_CONTINUE;
	if (parsing->depth == 1)
		begin_member(parsing, name);
	else if (parsing->depth == parsing->form->part_depth && parsing->form->begin_part)
		parsing->form->begin_part(parsing, name);
	return DRS_JSON_CONTINUE;
}

/* The value was read.  If no scalar filled it in, it is cut out of the text. */
static void
end_target(RowParse *parsing, JsonTarget *target, bool isnull)
{
	ReplyField *field = target->field;

	if (field == NULL)
		return;
	if (target->taken)
		target->taken(parsing);
	else if (!isnull && (target->nested || target->as_json))
	{
		field->len = parsing->lex->prev_token_terminator - target->start;
		field->text = pnstrdup(target->start, field->len);
	}
	target->field = NULL;
}

static drs_json_result
on_field_end(void *arg, char *name, bool isnull)
{
	RowParse   *parsing = arg;

	if (parsing->problem)
		return DRS_JSON_CONTINUE;
	if (parsing->depth == 1)
	{
		end_target(parsing, &parsing->whole, isnull);
		parsing->form = &forms[KIND_IGNORED];
	}
	else if (parsing->depth == parsing->form->part_depth)
		end_target(parsing, &parsing->part, isnull);
	return DRS_JSON_CONTINUE;
}

/* The target of the value that is being read; its field is NULL when the value is ignored. */
static JsonTarget *
innermost(RowParse *parsing)
{
	return parsing->part.field ? &parsing->part : &parsing->whole;
}

/* A list or an object begins. */
static void
nest(RowParse *parsing, Nesting nesting)
{
	const MemberForm *form = parsing->form;
	int			depth = parsing->depth++;

	if (parsing->problem || depth == 0)
		return;
	if ((form->nests[Min(depth, MAX_DEPTH) - 1] & nesting) == 0)
	{
		note(parsing, "a member is of the wrong type");
		return;
	}
	if (form->open && depth == form->part_depth - 1)
		form->open(parsing);
	if (depth < MAX_DEPTH)
		parsing->seen_parts = 0;
	innermost(parsing)->nested = true;
}

static drs_json_result
on_object_start(void *arg)
{
	nest(arg, NESTS_OBJECT);
	return DRS_JSON_CONTINUE;
}

static drs_json_result
on_array_start(void *arg)
{
	nest(arg, NESTS_LIST);
	return DRS_JSON_CONTINUE;
}

static drs_json_result
on_nest_end(void *arg)
{
	RowParse   *parsing = arg;

	parsing->depth--;
	return DRS_JSON_CONTINUE;
}

/* The text of a scalar; truth values are spelled as in CSV answers. */
static ReplyField
scalar_field(char *token, JsonTokenType type)
{
	ReplyField	field = {token, 0};

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

/* Is all of the text one of the words? */
static bool
is_word(const char *text)
{
	for (size_t i = 0; i < lengthof(words); i++)
		if (strcmp(text, words[i]) == 0)
			return true;
	return false;
}

static void
take_scalar(const JsonTarget *target, ReplyField value, JsonTokenType type)
{
	*target->field = value;
	if (target->is_number)
		*target->is_number = type == JSON_TOKEN_NUMBER;
	if (target->is_text)
		*target->is_text = type == JSON_TOKEN_STRING;
}

static drs_json_result
on_scalar(void *arg, char *token, JsonTokenType type)
{
	RowParse   *parsing = arg;
	const MemberForm *form = parsing->form;
	const JsonTarget *target = innermost(parsing);
	ReplyField	value = scalar_field(token, type);

	if (parsing->quotes_words && type == JSON_TOKEN_STRING && is_word(token))
		type = JSON_TOKEN_NUMBER;
	if (parsing->problem)
		return DRS_JSON_CONTINUE;
	if (target->field && !target->nested && !target->as_json)
		take_scalar(target, value, type);
	else if (form->take_item && parsing->depth == form->part_depth)
		form->take_item(parsing, value);
	else if (parsing->depth < form->part_depth && type != JSON_TOKEN_NULL)
		note(parsing, "a member is of the wrong type");
	return DRS_JSON_CONTINUE;
}

void
drs_jsonrow_refuse(const char *problem)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the answer is not well-formed JSON"),
			 errdetail("Its text is invalid: %s.", problem)));
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
	JsonLexContext *lex = drs_json_lexer(unconstify(char *, text), (int) len,
										 GetDatabaseEncoding());
	JsonParseErrorType result = pg_parse_json(lex, &nothing);

	if (result != JSON_SUCCESS)
		drs_json_refuse_syntax(lex, result);
}

/*
 * The text with these words put in quotes, palloc'd; NULL when there are none
 * outside of strings.
 */
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

/* A documented answer omits the prediction of a forecast: take it from the single output. */
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

/* Parse into row; quotes_words: words in quotes are numbers. */
static JsonParseErrorType
parse(RowParse *parsing, JsonRow *row, const char *text, size_t len, bool quotes_words)
{
	JsonSemAction actions = {0};

	memset(row, 0, sizeof(*row));
	memset(parsing, 0, sizeof(*parsing));
	parsing->row = row;
	parsing->form = &forms[KIND_IGNORED];
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
	RowParse	parsing;
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
