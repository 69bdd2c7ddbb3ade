/*
 * positionmatcher.c
 *		Matches rows by their position: one prediction for each, in their order.
 *
 * That is the contract of the real-time API (docs/api.md 1.5).
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "base/compat.h"
#include "base/servermessage.h"
#include "decode/positionmatcher.h"

#define MAX_QUOTED 40			/* bytes of a value in a message */

typedef struct PositionMatcher
{
	Matcher		matcher;		/* first */
	PositionTerms terms;
	int			next;			/* the row whose prediction comes next */
} PositionMatcher;

/* The column of verify_order must contain the number of the row. */
static void
check_number(const PositionMatcher *position, const ReplyField *field)
{
	char		expected[MAXINT8LEN + 1];

	pg_lltoa((int64) (position->terms.first_row + position->next), expected);
	if (field->text == NULL || strcmp(field->text, expected) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the predictions are not in the order of the rows"),
				 errdetail("The prediction for row %s came where that for row %s belongs.",
						   field->text ? drs_one_line(field->text, field->len, MAX_QUOTED) :
						   "(none)", expected)));
}

static void
refuse_place(const PositionMatcher *position, int row_in_request)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROTOCOL_VIOLATION),
			 errmsg("the predictions are not in the order of the rows"),
			 errdetail("The prediction for row %d of the request came where that for row %d "
					   "belongs, counted from 0.",
					   row_in_request, position->next)));
}

static int
match(Matcher *matcher, const ReplyRow *row)
{
	PositionMatcher *position = (PositionMatcher *) matcher;
	const PositionTerms *terms = &position->terms;

	if (row->row_in_request >= 0 && row->row_in_request != position->next && !terms->is_forecast)
		refuse_place(position, row->row_in_request);
	if (position->next == terms->nsent)
		drs_matcher_refuse_count(terms->nsent, (uint64) terms->nsent + 1, terms->is_forecast);
	if (terms->order_column >= 0)
		check_number(position, &row->fields[terms->order_column]);
	return position->next++;
}

static void
finish(Matcher *matcher)
{
	const PositionMatcher *position = (const PositionMatcher *) matcher;
	const PositionTerms *terms = &position->terms;

	if (position->next < terms->nsent)
		drs_matcher_refuse_count(terms->nsent, position->next, terms->is_forecast);
}

Matcher *
drs_positionmatcher_create(const PositionTerms *terms)
{
	PositionMatcher *position = palloc(sizeof(PositionMatcher));

	*position = (PositionMatcher) {{match, finish}, *terms, 0};
	return &position->matcher;
}
