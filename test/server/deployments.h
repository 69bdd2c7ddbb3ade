/* What is deployed: one description file (JSON) per deployment, read once at start. */
#ifndef STANDIN_DEPLOYMENTS_H
#define STANDIN_DEPLOYMENTS_H

#include <stdbool.h>
#include <stddef.h>

struct model;

enum deployment_kind
{
	DEPLOYMENT_REGRESSION,
	DEPLOYMENT_BINARY,
	DEPLOYMENT_MULTICLASS,
	DEPLOYMENT_SYNTHETIC
};

struct feature
{
	char	   *name;
	size_t		n_categories;	/* 0: numeric */
	char	  **categories;
};

struct deployment
{
	int			number;			/* its place, for counters */
	char	   *id;
	char	   *model_id;
	char	   *target;
	enum deployment_kind kind;
	size_t		n_features;
	struct feature *features;
	size_t		n_classes;		/* 0: regression; a binary model's positive class is the first */
	char	  **classes;
	double		threshold;
	bool number_for_label;      /* JSON answers of a binary model: 1 and 0 instead of the labels */
	struct model *model;		/* NULL: synthetic */
};

/* reads every description in the folder; false after saying why on stderr */
bool		deployments_load(const char *folder);
void		deployments_free(void);

size_t		deployments_count(void);
struct deployment *deployments_at(size_t i);
struct deployment *deployments_find(const char *id, size_t len);

#endif
