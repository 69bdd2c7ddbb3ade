/* The deployments. Each has a description file (JSON), which is read once at start. */
#ifndef STANDIN_REGISTRY_H
#define STANDIN_REGISTRY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct model;

enum deployment_kind
{
	DEPLOYMENT_REGRESSION,
	DEPLOYMENT_BINARY,
	DEPLOYMENT_MULTICLASS,
	DEPLOYMENT_MULTILABEL,
	DEPLOYMENT_ANOMALY,
	DEPLOYMENT_CLUSTERING,
	DEPLOYMENT_TEXT_GENERATION,
	DEPLOYMENT_UNSTRUCTURED,
	DEPLOYMENT_EXTERNAL,		/* its predictions are made elsewhere */
	DEPLOYMENT_SYNTHETIC,
	DEPLOYMENT_KINDS
};

/* A column that the model looks for in a request. */
enum input_role
{
	INPUT_FEATURE,
	INPUT_TIME,
	INPUT_SERIES,
	INPUT_TARGET,				/* the past of a time series */
	INPUT_EXPOSURE,
	INPUT_PROMPT,
	INPUT_ASSOCIATION
};

struct input
{
	const char *name;
	enum input_role role;
	bool		required;
};

enum feature_kind { FEATURE_NUMERIC, FEATURE_CATEGORY, FEATURE_TEXT };

/* How the server makes a feature of a time series; MADE_NOT: it is a column of the request. */
enum feature_made
{
	MADE_NOT,
	MADE_LAST,					/* the last known target */
	MADE_MEAN,					/* the mean of the last seven known targets */
	MADE_SEASON,				/* the target seven steps before */
	MADE_DISTANCE,
	MADE_WEEKDAY,				/* 0: Monday */
	MADE_KINDS
};

struct feature
{
	const char *name;
	enum feature_kind kind;
	enum feature_made made;
	bool		known_in_advance;
	int			input;			/* index in the inputs; -1: the server makes it */
	size_t		column;			/* its first column in the model's matrix */
	size_t		width;			/* columns: 1, or one per n-gram */
	size_t		n_terms;
	const char **terms;			/* categories, or n-grams sorted by their bytes */
	size_t		n_exemplars;
	const char **exemplars;		/* typical values, for XEMP strengths */
	double		importance;
};

struct time_series
{
	const char *date_format;	/* of strptime */
	const char *series_column;	/* NULL: a single series */
	int64_t		step;			/* seconds */
	size_t		history;		/* known targets that a forecast point needs */
	size_t		distances;		/* the forecast window: 1 to this */
	bool		regular;		/* rows of the forecast window may be left out */
	bool		original_format;	/* answers also have the time as it was sent */
	int			interval;		/* size of the prediction intervals in percent; 0: none */
	double	   *low;			/* per distance, to add to the prediction */
	double	   *high;
};

enum rule_trigger { TRIGGER_UNCERTAIN, TRIGGER_OUTLYING, TRIGGER_RARE };
enum rule_action { ACTION_NONE, ACTION_OVERRIDE, ACTION_ERROR };

/* A humility rule. */
struct rule
{
	const char *id;
	const char *name;
	enum rule_trigger trigger;
	enum rule_action action;
	int			feature;		/* -1: it applies to the prediction */
	double		low;			/* below or above: triggered */
	double		high;
	double		override;
	size_t		n_values;		/* rare ones */
	const char **values;
};

enum algorithm { ALGORITHM_NONE, ALGORITHM_SHAP, ALGORITHM_XEMP };

/* A deployment. Its strings belong to the description. */
struct deployment
{
	int			number;			/* index in the registry */
	json_t	   *description;
	const char *id;
	const char *model_id;
	const char *project_id;
	const char *import_id;
	const char *directory;		/* folder on a portable server; NULL: not there */
	const char *label;
	const char *target;
	char	   *target_label;	/* in answers: the target, for time series "... (actual)" */
	enum deployment_kind kind;
	size_t		n_inputs;
	struct input *inputs;
	size_t		n_features;
	struct feature *features;
	size_t		n_columns;		/* of the model's matrix */
	size_t		n_classes;		/* 0: regression; of two, the first is the positive one */
	const char **classes;		/* as in CSV */
	char	  **json_labels;	/* as JSON text */
	double		threshold;
	bool		negative_first;	/* the order of a binary model's predictionValues */
	const char *csv_prefix;		/* of a multilabel model's columns */
	enum algorithm algorithm;	/* of explanations, unless a request chooses; NONE: it has none */
	const char *approval;		/* NULL: no workflow */
	bool		has_bounds;		/* for prediction warnings */
	double		low_bound;
	double		high_bound;
	const char *association_id;	/* NULL: none */
	bool		association_required;
	size_t		n_rules;
	struct rule *rules;
	struct time_series *time;	/* NULL: not time-aware */
	struct model *model;		/* NULL: its predictions come from elsewhere */
};

/* reads every description in the folder; false after reporting the error on stderr */
bool		registry_load(const char *folder);
void		registry_free(void);

size_t		registry_count(void);
struct deployment *registry_at(size_t i);

/* by id; by project and model; by the id of an import; by the name of the folder. NULL: none */
struct deployment *registry_find(const char *id, size_t len);
struct deployment *registry_find_model(const char *project, size_t project_len,
										  const char *model, size_t model_len);
struct deployment *registry_find_import(const char *id, size_t len);
struct deployment *registry_find_directory(const char *name, size_t len);

/* the index of the input with this role, or -1 */
int			deployment_input(const struct deployment *d, enum input_role role);

/* can it explain its predictions this way? */
bool		deployment_explains(const struct deployment *d, enum algorithm algorithm);

#endif
