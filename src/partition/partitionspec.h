/*
 * partitionspec.h
 *		Specifications of partitions of training data, as the service and its
 *		Python client have them.
 *
 * A specification is a JSON object.  Its names are those of the wire
 * (holdoutPct) or of the Python client (holdout_pct).  What it is says its
 * "class", which is that of the client, such as RandomCV, or else "cvMethod"
 * and "validationType" together.  A specification without either that has a
 * "datetimePartitionColumn" is a DatetimePartitioningSpecification.
 *
 * Two names are ours and never sent: "class", and "target", the column that
 * strata are made of.
 */
#ifndef DRS_PARTITIONSPEC_H
#define DRS_PARTITIONSPEC_H

#include "utils/jsonb.h"

#include "partition/datetimespec.h"
#include "partition/shares.h"

typedef enum PartitioningMethod
{
	PARTITION_RANDOM,
	PARTITION_STRATIFIED,
	PARTITION_GROUP,
	PARTITION_USER,
	PARTITION_DATETIME
} PartitioningMethod;

/* Of the texts, those that the method does not have are NULL. */
typedef struct PartitioningSpec
{
	PartitioningMethod method;
	bool		is_cv;			/* folds and a holdout; else training, validation and holdout */
	Shares		shares;			/* of random, stratified and group */
	char	   *holdout_pct;	/* the same as numbers in JSON */
	char	   *validation_pct;
	char	   *reps;
	char	   *seed;
	char	   *target;			/* of stratified; NULL: not given, since it is not sent */
	char	   *column;			/* of group and user: the key, or the column of sets */
	JsonbValue *training_level; /* of user: a string or a number; NULL: there is no such level */
	JsonbValue *validation_level;
	JsonbValue *holdout_level;	/* of TVH and of CV */
	DatetimeSpec *datetime;		/* of datetime */
	Jsonb	   *given;			/* without what says the class, and without nulls */
} PartitioningSpec;

/*
 * Read a specification; the result is palloc'd.  Raises 22023 for unknown names, for
 * those that its class does not have, and for values that do not fit.
 */
extern PartitioningSpec *drs_partitionspec_read(Jsonb *spec);

/*
 * A specification, palloc'd, of what a project's record says that it uses, to be read as
 * above.  Fields that its class does not have are left out.  target is the project's, or
 * NULL.  Raises 0A000 for a partition of a kind that is not known.
 */
extern Jsonb *drs_partitionspec_of_project(JsonbContainer *partition, const char *target);

/* The word of a method on the wire, such as "random": a constant. */
extern const char *drs_partitionspec_method(PartitioningMethod method);

/* Its class: a constant. */
extern const char *drs_partitionspec_class(const PartitioningSpec *spec);

/* A level as text, palloc'd; NULL for NULL.  A number is without zeros at its end. */
extern char *drs_partitionspec_level(const JsonbValue *level);

#endif							/* DRS_PARTITIONSPEC_H */
