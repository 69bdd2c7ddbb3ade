/*
 * Databases as a job's intake and output (docs/api.md 2.1, 2.7, 2.8): every type that has a data
 * store is a PostgreSQL here.
 */
#ifndef STANDIN_BATCH_DATABASE_H
#define STANDIN_BATCH_DATABASE_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buffer.h"
#include "database/database.h"

struct batch_job;

/* the database of the settings; ends its waits when the job does. Whether it is open: ask it */
struct database *batch_database_open(struct batch_job *job, const json_t *settings);

/* begins to read the rows, as CSV in the job's format; NULL, or why not */
const char *batch_database_select(struct database *d, const struct batch_job *job);

/* catalog, schema and table; NULL, or why not */
const char *batch_database_table(struct database *d, const json_t *settings, struct buffer *sql);

#endif
