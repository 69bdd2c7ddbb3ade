/*
 * ranking.c
 *		Metrics that depend on the order of scores only.
 */
#include "postgres.h"

#include "utils/float.h"

#include "metrics/metricvalue.h"
#include "metrics/ranking.h"

/* Points that an array has room for at first. */
#define FIRST_POINTS 64

static double area_above_diagonal(ScoreSet *set);

/* What the rows of each class weigh, and whether both have rows.  Raises 22003 for overflow. */
static bool
class_weights(ScoreSet *set, double *ones, double *zeros)
{
	*ones = drs_metric_result(drs_sum_value(drs_score_first_total(set)));
	*zeros = drs_metric_result(drs_sum_value(drs_score_second_total(set)));
	return *ones > 0 && *zeros > 0;
}

bool
drs_ranking_auc(ScoreSet *set, double *auc)
{
	ExactSum	above = {0};	/* weight of ones with higher scores */
	ExactSum	area = {0};
	ScoreReader *reader;
	ScoreTie	tie;
	double		ones,
				zeros;

	if (!class_weights(set, &ones, &zeros))
		return false;
	reader = drs_score_read(set);
	while (drs_score_next(reader, &tie))
	{
		drs_sum_add_scaled(&area, tie.second, &above);
		drs_sum_add_product(&area, tie.second, tie.first / 2);
		drs_sum_add(&above, tie.first);
	}
	drs_score_read_end(reader);
	*auc = drs_metric_ratio(drs_sum_value(&area), ones * zeros);
	return true;
}

bool
drs_ranking_gini(ScoreSet *by_prediction, ScoreSet *by_label, double *gini)
{
	double		largest = area_above_diagonal(by_label);

	if (largest == 0)
		return false;
	*gini = area_above_diagonal(by_prediction) / largest;
	return true;
}

/*
 * The area under the curve of summed labels over summed weights, less the
 * triangle under its chord.  Sums are exact enough for the difference.
 */
static double
area_above_diagonal(ScoreSet *set)
{
	ExactSum	labels = {0};
	ExactSum	weights = {0};
	ExactSum	area = {0};
	ScoreReader *reader = drs_score_read(set);
	ScoreTie	tie;

	while (drs_score_next(reader, &tie))
	{
		drs_sum_add_scaled(&area, tie.second, &labels);
		drs_sum_add_product(&area, tie.second, tie.first / 2);
		drs_sum_add(&labels, tie.first);
		drs_sum_add(&weights, tie.second);
	}
	drs_score_read_end(reader);
	drs_sum_add_scaled(&area, -weights.high / 2, &labels);
	drs_sum_add_scaled(&area, -weights.low / 2, &labels);
	return drs_metric_result(drs_sum_value(&area));
}

bool
drs_ranking_lift(ScoreSet *set, double share, double *lift)
{
	ExactSum	found = {0};	/* weight of ones among the rows that were taken */
	ExactSum	left = {0};		/* weight of rows still to be taken */
	ScoreReader *reader;
	ScoreTie	tie;
	double		ones,
				zeros;

	class_weights(set, &ones, &zeros);
	if (ones <= 0)
		return false;
	if (share == 1)
	{
		*lift = 1;				/* rounding must not leave out a row */
		return true;
	}
	drs_sum_add_scaled(&left, share, drs_score_first_total(set));
	drs_sum_add_scaled(&left, share, drs_score_second_total(set));
	reader = drs_score_read(set);
	while (drs_sum_value(&left) > 0 && drs_score_next(reader, &tie))
	{
		double		part = drs_sum_value(&left) / (tie.first + tie.second);

		drs_sum_add_product(&found, Min(1, part), tie.first);
		drs_sum_add(&left, -tie.first);
		drs_sum_add(&left, -tie.second);
	}
	drs_score_read_end(reader);
	*lift = drs_metric_ratio(drs_sum_value(&found), ones) / share;
	return true;
}

static RocPoint *
add_point(RocPoint *points, int *count, double threshold, double false_positive_rate,
		  double true_positive_rate)
{
	if (*count >= ROC_MOST_POINTS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the ROC curve has more than %d points", ROC_MOST_POINTS),
				 errhint("There is a point for each score. Round the scores.")));
	/* the room is a power of two */
	if (*count >= FIRST_POINTS && (*count & (*count - 1)) == 0)
		points = repalloc(points, *count * 2 * sizeof(RocPoint));
	points[*count].threshold = threshold;
	points[*count].false_positive_rate = false_positive_rate;
	points[*count].true_positive_rate = true_positive_rate;
	++*count;
	return points;
}

RocPoint *
drs_ranking_roc(ScoreSet *set, int *count)
{
	RocPoint   *points;
	ExactSum	ones_above = {0};
	ExactSum	zeros_above = {0};
	ScoreReader *reader;
	ScoreTie	tie;
	double		ones,
				zeros;

	*count = 0;
	if (!class_weights(set, &ones, &zeros))
		return NULL;
	points = add_point(palloc_array(RocPoint, FIRST_POINTS), count, get_float8_infinity(), 0, 0);
	reader = drs_score_read(set);
	while (drs_score_next(reader, &tie))
	{
		drs_sum_add(&ones_above, tie.first);
		drs_sum_add(&zeros_above, tie.second);
		points = add_point(points, count, tie.score,
						   drs_metric_ratio(drs_sum_value(&zeros_above), zeros),
						   drs_metric_ratio(drs_sum_value(&ones_above), ones));
	}
	drs_score_read_end(reader);
	return points;
}
