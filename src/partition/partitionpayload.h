/*
 * partitionpayload.h
 *		What the service is sent of a partition of training data (docs/api.md 5.1).
 */
#ifndef DRS_PARTITIONPAYLOAD_H
#define DRS_PARTITIONPAYLOAD_H

#include "partition/partitionspec.h"

/*
 * As JSON, palloc'd, with all the names that the client sends.  Names that the class does not
 * have are null.
 */
extern Jsonb *drs_partition_payload(const PartitioningSpec *spec);

/*
 * The same for a preview of dates, palloc'd: all but the method, which such a request does not
 * have.
 */
extern Jsonb *drs_partition_preview_payload(const DatetimeSpec *spec);

/*
 * What is sent for rows that have their sets already, in a user partition column, as
 * datarobot.partition_column() adds it.  Raises 22023 when the service has no such column:
 * for dates, and for more than 100 sets.
 */
extern Jsonb *drs_partition_column_payload(const PartitioningSpec *spec, const char *column);

#endif							/* DRS_PARTITIONPAYLOAD_H */
