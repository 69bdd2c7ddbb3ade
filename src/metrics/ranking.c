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

/* Labels that were summed so far over weights that were: what Gini compares. */
typedef struct LorenzCurve
{
	ExactSum	labels;
	ExactSum	weights;
	ExactSum	area;			/* twice what is under it */
} LorenzCurve;

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
		double		below = drs_sum_value(&tie.second);

		drs_sum_add_scaled(&area, below, &above);
		drs_sum_add_product(&area, below, drs_sum_value(&tie.first) / 2);
		drs_sum_add_sum(&above, &tie.first);
	}
	drs_score_read_end(reader);
	*auc = drs_metric_ratio(drs_sum_value(&area), ones * zeros);
	return true;
}

static void
add_to_curve(LorenzCurve *curve, const ExactSum *label, const ExactSum *weight)
{
	drs_sum_add_scaled_sum(&curve->area, weight, &curve->labels);
	drs_sum_add_sum(&curve->labels, label);
	drs_sum_add_scaled_sum(&curve->area, weight, &curve->labels);
	drs_sum_add_sum(&curve->weights, weight);
}

/*
 * Twice the area between the curve and its chord.  When most of the weight has
 * the same label, it is a small difference of large areas.
 */
static double
area_above_diagonal(LorenzCurve *curve)
{
	ExactSum	below = {-curve->weights.high, -curve->weights.low};

	drs_sum_add_scaled_sum(&curve->area, &below, &curve->labels);
	return drs_metric_result(drs_sum_value(&curve->area));
}

static double
gini_of_predictions(ScoreSet *by_prediction)
{
	LorenzCurve curve = {0};
	ScoreReader *reader = drs_score_read(by_prediction);
	ScoreTie	tie;

	while (drs_score_next(reader, &tie))
		add_to_curve(&curve, &tie.first, &tie.second);
	drs_score_read_end(reader);
	return area_above_diagonal(&curve);
}

static double
gini_of_labels(ScoreSet *by_label, double origin)
{
	LorenzCurve curve = {0};
	ScoreReader *reader = drs_score_read(by_label);
	ScoreTie	tie;

	while (drs_score_next(reader, &tie))
	{
		ExactSum	distance = {0};
		ExactSum	label = {0};

		drs_sum_add(&distance, tie.score);
		drs_sum_add(&distance, -origin);
		drs_sum_add_scaled_sum(&label, &tie.second, &distance);
		add_to_curve(&curve, &label, &tie.second);
	}
	drs_score_read_end(reader);
	return area_above_diagonal(&curve);
}

static bool
scores_differ(ScoreSet *set)
{
	ScoreReader *reader = drs_score_read(set);
	ScoreTie	tie;
	bool		differ = drs_score_next(reader, &tie) && drs_score_next(reader, &tie);

	drs_score_read_end(reader);
	return differ;
}

bool
drs_ranking_gini(ScoreSet *by_prediction, ScoreSet *by_label, double origin, double *gini)
{
	double		largest = gini_of_labels(by_label, origin);

	if (largest == 0 && !scores_differ(by_label))
		return false;
	*gini = drs_metric_ratio(gini_of_predictions(by_prediction), largest);
	return true;
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
		double		part = drs_sum_value(&left) /
			(drs_sum_value(&tie.first) + drs_sum_value(&tie.second));

		drs_sum_add_scaled(&found, Min(1, part), &tie.first);
		drs_sum_add_scaled(&left, -1, &tie.first);
		drs_sum_add_scaled(&left, -1, &tie.second);
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
		drs_sum_add_sum(&ones_above, &tie.first);
		drs_sum_add_sum(&zeros_above, &tie.second);
		points = add_point(points, count, tie.score,
						   drs_metric_ratio(drs_sum_value(&zeros_above), zeros),
						   drs_metric_ratio(drs_sum_value(&ones_above), ones));
	}
	drs_score_read_end(reader);
	return points;
}
