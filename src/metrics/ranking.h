/*
 * ranking.h
 *		Metrics that depend on the order of scores only.
 *
 * Rows with equal scores have no order: each metric is the mean over all
 * orders of them.  In the sets, `first` is the weight of rows with label 1 and
 * `second` of those with label 0; for Gini, see there.
 */
#ifndef DRS_RANKING_H
#define DRS_RANKING_H

#include "metrics/scoreset.h"

/*
 * The area under the ROC curve: the share of pairs of a row with label 1 and
 * one with label 0 in which the former has the higher score; a tie counts half.
 * False when a class has no rows.
 */
extern bool drs_ranking_auc(ScoreSet *set, double *auc);

/*
 * The normalized Gini coefficient: the area between the Lorenz curve of labels
 * in the order of predictions and the diagonal, divided by that of labels in
 * their own order.  2 * AUC - 1 if labels are 0 and 1.  False when all labels
 * are equal.  Raises 22003 if weights or differences of labels are too small.
 *
 * `second` is the weight in both sets, and `first`, by prediction, the weight
 * times what the label is more than the origin: any number, but what labels
 * have in common costs digits.  A double has no room for all digits of that.
 */
extern bool drs_ranking_gini(ScoreSet *by_prediction, ScoreSet *by_label, double origin,
							 double *gini);

/*
 * How many times more of the rows with the highest scores have label 1 than of
 * all rows; share is that of the former, more than 0 and at most 1.  If it ends
 * within a row or a tie, that counts in part.  False when no row has label 1.
 */
extern bool drs_ranking_lift(ScoreSet *set, double share, double *lift);

/* A point of the ROC curve: what share of either class has at least this score. */
typedef struct RocPoint
{
	double		threshold;
	double		false_positive_rate;
	double		true_positive_rate;
} RocPoint;

/* More points than these are no curve to look at, and would fill the memory. */
#define ROC_MOST_POINTS 1000000

/*
 * A point for each score, palloc'd, after that of a threshold no score reaches;
 * NULL when a class has no rows.  Raises 54000 for too many.
 */
extern RocPoint *drs_ranking_roc(ScoreSet *set, int *count);

#endif							/* DRS_RANKING_H */
