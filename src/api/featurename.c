/*
 * featurename.c
 *		Compares names of features with names of columns.
 *
 * Names in training data may be such that SQL folds them to lower case, cuts
 * them at 63 bytes, or requires quotes.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/formatting.h"
#include "utils/json.h"

#include "api/featurename.h"
#include "base/renaming.h"

/* A name in lower case without separators, palloc'd. */
static char *
essence(const char *name, size_t len)
{
	char	   *folded = str_tolower(name, len, DEFAULT_COLLATION_OID);
	char	   *to = folded;

	for (const char *from = folded; *from; from++)
		if (strchr(" _-.", *from) == NULL)
			*to++ = *from;
	*to = '\0';
	return folded;
}

const char *
drs_feature_lookalike(const char *feature, const Columns *columns)
{
	/* cut as the name of a column is */
	size_t		len = pg_mbcliplen(feature, (int) strlen(feature), NAMEDATALEN - 1);
	char	   *wanted = essence(feature, len);

	if (wanted[0] == '\0')
		return NULL;
	for (int i = 0; i < columns->nsent; i++)
	{
		const char *name = NameStr(TupleDescAttr(columns->desc, columns->sent[i])->attname);

		if (strcmp(essence(name, strlen(name)), wanted) == 0)
			return name;
	}
	return NULL;
}

static void
append_pairs(StringInfo json, List *renamings)
{
	ListCell   *lc;

	foreach(lc, renamings)
	{
		const Renaming *renaming = lfirst(lc);

		if (json->data[json->len - 1] != '{')
			appendStringInfoString(json, ", ");
		escape_json(json, renaming->from);
		appendStringInfoString(json, ": ");
		escape_json(json, renaming->to);
	}
}

char *
drs_feature_names_json(List *given, List *more)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfoString(&json, "{\"feature_names\": {");
	append_pairs(&json, given);
	append_pairs(&json, more);
	appendStringInfoString(&json, "}}");
	return json.data;
}
