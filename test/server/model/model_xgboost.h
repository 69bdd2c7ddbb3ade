/* The only file that knows libxgboost: a model file, evaluated row by row. */
#ifndef STANDIN_MODEL_XGBOOST_H
#define STANDIN_MODEL_XGBOOST_H

#include <stdbool.h>
#include <stddef.h>

struct model;

/* loads the file once to see that it can be loaded; NULL after saying why on stderr */
struct model *model_open(const char *folder, const char *file);
void		model_close(struct model *m);

/*
 * Evaluate rows * columns values (NaN = missing). `outputs` is the number of values a row gets,
 * `cache_hit` says whether a loaded booster was at hand. Returns what is to be freed, or NULL with
 * *why set.
 */
float	   *model_predict(struct model *m, const float *values, size_t rows, size_t columns,
						  size_t *outputs, bool *cache_hit, const char **why);

/*
 * What each value contributes to each output, as SHAP values on the scale of the trees' sum (of a
 * classifier: log-odds): rows * outputs * (columns + 1) numbers, the last of each group being the
 * base value. To be freed; NULL with *why set.
 */
float	   *model_contributions(struct model *m, const float *values, size_t rows, size_t columns,
								size_t *outputs, const char **why);

#endif
