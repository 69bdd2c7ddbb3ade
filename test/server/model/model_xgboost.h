/* A model file of XGBoost. Only this file uses libxgboost. */
#ifndef STANDIN_MODEL_XGBOOST_H
#define STANDIN_MODEL_XGBOOST_H

#include <stdbool.h>
#include <stddef.h>

struct model;

/* loads the file to see that it can be loaded; NULL after reporting the error on stderr */
struct model *model_open(const char *folder, const char *file);
void		model_close(struct model *m);

/*
 * Evaluates rows * columns values (NaN = missing). `outputs` is set to the number of values per
 * row, `cache_hit` to whether a loaded booster was idle. To be freed; NULL with *why set.
 */
float	   *model_predict(struct model *m, const float *values, size_t rows, size_t columns,
						  size_t *outputs, bool *cache_hit, const char **why);

/*
 * What each value contributes to each output: SHAP values on the scale of the trees' sum (log-odds
 * for a classifier), rows * outputs * (columns + 1) numbers, the base value last in each group. To
 * be freed; NULL with *why set.
 */
float	   *model_contributions(struct model *m, const float *values, size_t rows, size_t columns,
								size_t *outputs, const char **why);

#endif
