/*
 * A booster is used by one thread at a time: XGBoosterPredictFromDense is documented as thread
 * safe, but only for some boosters, and not while another thread makes the first call, which
 * configures the booster. So each model has a list of idle boosters. A request takes one, or loads
 * another copy when all are busy, and gives it back; there are never more of them than worker
 * threads. The list is also the model cache that the service reports in a header.
 */
#include "model/model_xgboost.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xgboost/c_api.h>

#include "base/buffer.h"

enum { IDLE_MAX = 64 };

struct model
{
	char	   *path;
	pthread_mutex_t lock;
	int			n_idle;
	BoosterHandle idle[IDLE_MAX];
};

static BoosterHandle
load(const struct model *m)
{
	BoosterHandle booster;

	if (XGBoosterCreate(NULL, 0, &booster) != 0)
		return NULL;
	if (XGBoosterLoadModel(booster, m->path) != 0 ||
		XGBoosterSetParam(booster, "nthread", "1") != 0)
	{
		XGBoosterFree(booster);
		return NULL;
	}
	return booster;
}

static BoosterHandle
take(struct model *m, bool *cache_hit)
{
	BoosterHandle booster = NULL;

	pthread_mutex_lock(&m->lock);
	if (m->n_idle > 0)
		booster = m->idle[--m->n_idle];
	pthread_mutex_unlock(&m->lock);
	*cache_hit = booster != NULL;
	return booster ? booster : load(m);
}

static void
give_back(struct model *m, BoosterHandle booster)
{
	pthread_mutex_lock(&m->lock);
	if (m->n_idle < IDLE_MAX)
	{
		m->idle[m->n_idle++] = booster;
		booster = NULL;
	}
	pthread_mutex_unlock(&m->lock);
	if (booster)
		XGBoosterFree(booster);
}

struct model *
model_open(const char *folder, const char *file)
{
	struct model *m = must_alloc(sizeof *m);
	size_t		len = strlen(folder) + strlen(file) + 2;
	BoosterHandle booster;

	*m = (struct model) {.path = must_alloc(len)};
	pthread_mutex_init(&m->lock, NULL);
	snprintf(m->path, len, "%s/%s", folder, file);
	booster = load(m);
	if (!booster)
	{
		fprintf(stderr, "standin: %s: %s\n", m->path, XGBGetLastError());
		model_close(m);
		return NULL;
	}
	give_back(m, booster);
	return m;
}

void
model_close(struct model *m)
{
	while (m->n_idle > 0)
		XGBoosterFree(m->idle[--m->n_idle]);
	pthread_mutex_destroy(&m->lock);
	free(m->path);
	free(m);
}

/* Describes the values for XGBoost's array interface. */
static void
describe_array(char *out, size_t size, const float *values, size_t rows, size_t columns)
{
	snprintf(out, size,
			 "{\"data\":[%zu,false],\"shape\":[%zu,%zu],\"typestr\":\"<f4\",\"version\":3}",
			 (size_t) values, rows, columns);
}

static float *
copy_result(const float *result, size_t count)
{
	float	   *copy = must_alloc(count * sizeof *copy);

	memcpy(copy, result, count * sizeof *copy);
	return copy;
}

float *
model_predict(struct model *m, const float *values, size_t rows, size_t columns, size_t *outputs,
			  bool *cache_hit, const char **why)
{
	static const char config[] = "{\"type\":0,\"training\":false,\"iteration_begin\":0,"
		"\"iteration_end\":0,\"strict_shape\":false,\"cache_id\":0,\"missing\":NaN}";
	char		array[160];
	const bst_ulong *shape;
	bst_ulong	dimensions;
	const float *scores;
	float	   *copy = NULL;
	BoosterHandle booster = take(m, cache_hit);

	if (!booster)
	{
		*why = XGBGetLastError();
		return NULL;
	}
	describe_array(array, sizeof array, values, rows, columns);
	if (XGBoosterPredictFromDense(booster, array, config, NULL, &shape, &dimensions, &scores) == 0)
	{
		*outputs = dimensions > 1 ? (size_t) shape[1] : 1;
		copy = copy_result(scores, rows * *outputs);
	}
	else
		*why = XGBGetLastError();
	give_back(m, booster);
	return copy;
}

static DMatrixHandle
make_matrix(const float *values, size_t rows, size_t columns)
{
	char		array[160];
	DMatrixHandle matrix;

	describe_array(array, sizeof array, values, rows, columns);
	if (XGDMatrixCreateFromDense(array, "{\"missing\":NaN,\"nthread\":1}", &matrix) != 0)
		return NULL;
	return matrix;
}

float *
model_contributions(struct model *m, const float *values, size_t rows, size_t columns,
					size_t *outputs, const char **why)
{
	static const char config[] = "{\"type\":2,\"training\":false,\"iteration_begin\":0,"
		"\"iteration_end\":0,\"strict_shape\":true}";
	const bst_ulong *shape;
	bst_ulong	dimensions;
	const float *result;
	float	   *copy = NULL;
	bool		cache_hit;
	BoosterHandle booster = take(m, &cache_hit);
	DMatrixHandle matrix = booster ? make_matrix(values, rows, columns) : NULL;

	if (matrix
		&& XGBoosterPredictFromDMatrix(booster, matrix, config, &shape, &dimensions, &result) == 0)
	{
		*outputs = (size_t) shape[1];
		copy = copy_result(result, rows * *outputs * (columns + 1));
	}
	else
		*why = XGBGetLastError();
	if (matrix)
		XGDMatrixFree(matrix);
	if (booster)
		give_back(m, booster);
	return copy;
}
