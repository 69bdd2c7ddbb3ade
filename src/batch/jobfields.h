/*
 * jobfields.h
 *		The fields of a batch job's specification (docs/api.md 2.4 to 2.8).
 */
#ifndef DRS_JOBFIELDS_H
#define DRS_JOBFIELDS_H

#include "config/optionwire.h"

/* The top level, which contains the others. */
extern const OptionGroup drs_job_fields;

/* Kinds of intakes and outputs; homes of their options.  A kind that is both has one bit. */
enum
{
	KIND_LOCAL_FILE = 1 << 0,
	KIND_S3 = 1 << 1,
	KIND_AZURE = 1 << 2,
	KIND_GCP = 1 << 3,
	KIND_HTTP = 1 << 4,
	KIND_FILE_SYSTEM = 1 << 5,
	KIND_FILESYSTEM = 1 << 6,	/* the other spelling */
	KIND_DATASET = 1 << 7,
	KIND_DSS = 1 << 8,
	KIND_DATA_STAGE = 1 << 9,
	KIND_JDBC = 1 << 10,
	KIND_SNOWFLAKE = 1 << 11,
	KIND_SYNAPSE = 1 << 12,
	KIND_BIGQUERY = 1 << 13,
	KIND_DATASPHERE = 1 << 14,
	KIND_DATABRICKS = 1 << 15,
	KIND_TRINO = 1 << 16,
	KIND_TABLEAU = 1 << 17,
	KIND_UNKNOWN = 1 << 18
};

/* Kinds of time series predictions. */
enum
{
	SERIES_FORECAST = 1,
	SERIES_HISTORICAL = 2,
	SERIES_TRAINING = 4,
	SERIES_UNKNOWN = 8
};

#endif							/* DRS_JOBFIELDS_H */
