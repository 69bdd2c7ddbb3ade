/*
 * placematcher.c
 *		Matches forecasts by the place in the request that each names.
 *
 * A server may make several forecasts from one row, and some for rows that it added itself.
 */
#include "postgres.h"

#include "base/compat.h"
#include "decode/placematcher.h"

typedef struct PlaceMatcher
{
	Matcher		matcher;		/* first */
	int			nsent;
	bool		is_empty;		/* no forecast came so far */
	bool	   *has_forecast;	/* by row, where each has at most one; NULL: any number */
} PlaceMatcher;

static void
refuse_place(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("the answer has forecasts that are not for one row each"),
			 errdetail("Either the server made rows, or it made several forecasts from one."),
			 errhint("Use datarobot.score or score_as, which return forecasts as they come, "
					 "or score_into with the option \"series_columns\" or \"time_column\".")));
}

static int
match(Matcher *matcher, const ReplyRow *row)
{
	PlaceMatcher *place = (PlaceMatcher *) matcher;
	bool		was_sent = row->row_in_request >= 0 && row->row_in_request < place->nsent;

	place->is_empty = false;
	if (place->has_forecast)
	{
		if (!was_sent || place->has_forecast[row->row_in_request])
			refuse_place();
		place->has_forecast[row->row_in_request] = true;
	}
	return was_sent ? row->row_in_request : DRS_NO_ROW;
}

static void
finish(Matcher *matcher)
{
	const PlaceMatcher *place = (const PlaceMatcher *) matcher;

	if (place->is_empty && place->has_forecast == NULL)
		drs_matcher_refuse_count(place->nsent, 0, true);
}

Matcher *
drs_placematcher_create(int nsent, bool one_each)
{
	PlaceMatcher *place = palloc(sizeof(PlaceMatcher));

	*place = (PlaceMatcher) {{match, finish}, nsent, true, NULL};
	if (one_each)
		place->has_forecast = palloc0(sizeof(bool) * nsent);
	return &place->matcher;
}
