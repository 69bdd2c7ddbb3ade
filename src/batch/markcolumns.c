/*
 * markcolumns.c
 *		Adds the columns by which results are matched with rows.
 */
#include "postgres.h"

#include "batch/markcolumns.h"

#define KEY_PREFIX "datarobot_scoring_key_"

/* A copy of the columns with room for more that are sent. */
static Columns *
copy_columns(const Columns *columns, int more)
{
	Columns    *copy = palloc(sizeof(Columns));
	int			room = columns->nsent + more;

	*copy = *columns;
	copy->sent = palloc(sizeof(int) * room);
	copy->names = palloc(sizeof(char *) * room);
	memcpy(copy->sent, columns->sent, sizeof(int) * columns->nsent);
	memcpy(copy->names, columns->names, sizeof(char *) * columns->nsent);
	return copy;
}

static void
add_sent(Columns *columns, int index, const char *name)
{
	columns->sent[columns->nsent] = index;
	columns->names[columns->nsent++] = name;
}

static void
refuse_taken(const Columns *columns, List *names)
{
	ListCell   *lc;

	foreach(lc, names)
		if (drs_columns_find_sent(columns, lfirst(lc)) >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("no feature may be named \"%s\" with the method \"batch\"",
							(char *) lfirst(lc))));
}

MarkColumns *
drs_markcolumns_create(const Columns *columns, const char *mark)
{
	MarkColumns *marks = palloc0(sizeof(MarkColumns));
	Columns    *sent = copy_columns(columns, columns->nkeys);
	Columns    *answered;

	marks->number = mark ? psprintf(DRS_MARKED_COLUMN "%s", mark) : DRS_ORDER_COLUMN;
	marks->passed = list_make1(unconstify(char *, marks->number));
	marks->nkeys = columns->nkeys;
	marks->keys = palloc(sizeof(char *) * Max(columns->nkeys, 1));
	for (int i = 0; i < columns->nkeys; i++)
	{
		marks->keys[i] = psprintf(KEY_PREFIX "%d", i + 1);
		marks->passed = lappend(marks->passed, unconstify(char *, marks->keys[i]));
		add_sent(sent, columns->kept[i], marks->keys[i]);
	}
	refuse_taken(columns, marks->passed);
	answered = copy_columns(sent, 2);
	add_sent(answered, sent->sent[0], marks->number);
	add_sent(answered, sent->sent[0], DRS_STATUS_COLUMN);
	marks->sent = sent;
	marks->answered = answered;
	return marks;
}
