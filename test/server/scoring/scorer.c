#include "scoring/scorer.h"

#include <string.h>

#include "base/http_reply.h"
#include "input/table.h"
#include "model/model_xgboost.h"
#include "scoring/explanations.h"
#include "scoring/exposure.h"
#include "scoring/feature_matrix.h"
#include "scoring/generation.h"
#include "scoring/humility.h"
#include "scoring/result.h"
#include "scoring/time_series.h"

/* What is derived from the scores. */
static bool
elaborate(struct result *result, const float *values, struct reply *reply)
{
	return exposure_apply(result, reply) && humility_judge(result, reply)
		&& explanations_make(result, values, reply);
}

bool
scorer_run(struct result *result, float **values, struct reply *reply)
{
	const struct deployment *d = result->deployment;
	const char *why = "no values";

	if (d->kind == DEPLOYMENT_TEXT_GENERATION)
	{
		generation_answer(result);
		result->cache_hit = true;
		return true;
	}
	result->rows = result->table->rows;
	*values = d->time ? time_series_features(result, reply) : matrix_make(result, reply);
	if (!*values)
		return false;
	result->scores = model_predict(d->model, *values, result->rows, d->n_columns, &result->outputs,
								   &result->cache_hit, &why);
	if (!result->scores)
	{
		reply_error(reply, 500, "the model failed: %.*s", (int) strcspn(why, "\n"), why);
		return false;
	}
	return elaborate(result, *values, reply);
}
