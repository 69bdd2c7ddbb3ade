/*
 * partitionspec.h
 *		Specifications of partitions of training data, as the service and its
 *		Python client have them, and what the service is sent for them.
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

#include "partition/shares.h"

typedef enum PartitionMethod
{
	PARTITION_RANDOM,
	PARTITION_STRATIFIED,
	PARTITION_GROUP,
	PARTITION_USER,
	PARTITION_DATETIME
} PartitionMethod;

/* Of the texts, those that the method does not have are NULL. */
typedef struct PartitionSpec
{
	PartitionMethod method;
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
	Jsonb	   *datetime;		/* of datetime: the specification without its class */
} PartitionSpec;

/*
 * Read a specification; the result is palloc'd.  Raises 22023 for unknown names, for
 * those that its class does not have, and for values that do not fit.
 */
extern PartitionSpec *drs_partitionspec_read(Jsonb *spec);

/*
 * What the service is sent, with all the names that the client sends, as JSON, palloc'd.
 * Names that the class does not have are null.
 */
extern Jsonb *drs_partitionspec_payload(const PartitionSpec *spec);

/*
 * The same for a data set that has the sets already: in a user partition column, as
 * datarobot.partition_column() adds it.  Raises 22023 when the service has no such column:
 * for dates, and for more than 100 sets.
 */
extern Jsonb *drs_partitionspec_column_payload(const PartitionSpec *spec, const char *column);

/* Its class: a constant. */
extern const char *drs_partitionspec_class(const PartitionSpec *spec);

/* A level as text, palloc'd; NULL for NULL.  A number is without zeros at its end. */
extern char *drs_partitionspec_level(const JsonbValue *level);

#endif							/* DRS_PARTITIONSPEC_H */
