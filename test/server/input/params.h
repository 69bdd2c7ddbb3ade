/*
 * The query parameters of a prediction request (docs/api.md 1.3): names, types, ranges, which
 * exclude each other, and which of them a deployment takes.
 */
#ifndef STANDIN_PARAMS_H
#define STANDIN_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/registry.h"

struct MHD_Connection;
struct reply;

/* What is asked of a prediction route. The old routes ask the same under other names. */
enum operation
{
	OPERATION_PREDICT,
	OPERATION_EXPLAIN,
	OPERATION_REASON_CODES,		/* explanations under their old name */
	OPERATION_TIME_SERIES,
	OPERATION_UNSTRUCTURED
};

enum { COUNT_ABSENT = -2, COUNT_ALL = -1 };

struct parameters
{
	size_t		n_passthrough;
	char	  **passthrough;	/* column names without repetition */
	bool		passthrough_all;
	int			decimals;
	int			max_explanations;	/* or a constant from above */
	int			max_ngrams;		/* or a constant from above */
	enum algorithm algorithm;	/* NONE: the deployment's */
	int			top_classes;	/* 0: not given */
	size_t		n_class_numbers;
	int		   *class_numbers;	/* the classes to explain, if they were named */
	bool		has_high;
	bool		has_low;
	double		high;
	double		low;
	bool		include_adjusted;
	bool		has_threshold;	/* of two classes, in place of the deployment's */
	double		threshold;
	bool		warnings;
	bool		has_point;
	bool		has_start;
	bool		has_end;
	int64_t		point;			/* seconds */
	int64_t		start;
	int64_t		end;
	bool		relax;
};

/* false: an error is in the reply */
bool		params_read(struct MHD_Connection *connection, const struct deployment *d,
						enum operation operation, struct parameters *p, struct reply *reply);
void		params_free(struct parameters *p);

/* explanations per row; 0: none are wanted */
size_t		params_explanations(const struct parameters *p, const struct deployment *d,
								enum operation operation);

/* the algorithm that makes them */
enum algorithm params_algorithm(const struct parameters *p, const struct deployment *d);

#endif
