/*
 * metricvalue.h
 *		Which numbers a metric accepts, and which results are numbers.
 *
 * NaN is refused everywhere: it would make a metric NaN, or a position in an
 * order that means nothing.  Scikit-learn refuses it, too.
 */
#ifndef DRS_METRICVALUE_H
#define DRS_METRICVALUE_H

typedef enum ValueKind
{
	VALUE_REAL,					/* any finite number */
	VALUE_BINARY,				/* 0 or 1 */
	VALUE_PROBABILITY,			/* 0 to 1 */
	VALUE_SCORE,				/* any number, infinite ones included: only the order counts */
	VALUE_WEIGHT				/* finite, 0 or more */
} ValueKind;

/* Raise 22023 unless the value is of the kind.  The name is as in "the label". */
extern void drs_metric_check_value(ValueKind kind, const char *name, double value);

/* The value if it is finite; else raise 22003, because something has overflowed on the way. */
extern double drs_metric_result(double value);

/*
 * numerator / denominator, which must be products of weights that are more
 * than 0: raise 22003 if they have overflowed or lost digits to underflow.
 */
extern double drs_metric_ratio(double numerator, double denominator);

#endif							/* DRS_METRICVALUE_H */
