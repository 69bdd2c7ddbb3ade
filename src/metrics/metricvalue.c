/*
 * metricvalue.c
 *		Which numbers a metric accepts, and which results are numbers.
 */
#include "postgres.h"

#include <float.h>
#include <math.h>

#include "utils/float.h"

#include "base/compat.h"
#include "metrics/metricvalue.h"

pg_noreturn static void refuse_value(ValueKind kind, const char *name, double value);

static bool
is_of_kind(ValueKind kind, double value)
{
	switch (kind)
	{
		case VALUE_REAL:
			return isfinite(value);
		case VALUE_BINARY:
			return value == 0 || value == 1;
		case VALUE_PROBABILITY:
			return value >= 0 && value <= 1;
		case VALUE_SCORE:
			return !isnan(value);
		case VALUE_WEIGHT:
			return isfinite(value) && value >= 0;
	}
	return false;
}

void
drs_metric_check_value(ValueKind kind, const char *name, double value)
{
	if (!is_of_kind(kind, value))
		refuse_value(kind, name, value);
}

static void
refuse_value(ValueKind kind, const char *name, double value)
{
	static const char *const must_be[] = {
		[VALUE_REAL] = "finite",
		[VALUE_BINARY] = "0 or 1",
		[VALUE_PROBABILITY] = "from 0 to 1",
		[VALUE_SCORE] = "a number",
		[VALUE_WEIGHT] = "finite and not negative"
	};

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be %s, not %s", name, must_be[kind], float8out_internal(value)),
			 errhint("FILTER (WHERE ...) leaves rows out of an aggregate.")));
}

double
drs_metric_result(double value)
{
	if (!isfinite(value))
		float_overflow_error();
	return value;
}

double
drs_metric_ratio(double numerator, double denominator)
{
	/* below this, products have lost digits */
	if (denominator < DBL_MIN / DBL_EPSILON)
		float_underflow_error();
	drs_metric_result(denominator);
	return drs_metric_result(numerator) / denominator;
}
