/*
 * The table that a job writes (docs/api.md 2.1, 2.2): the statement for each row, and commits at
 * intervals.
 */
#ifndef STANDIN_BATCH_TABLE_H
#define STANDIN_BATCH_TABLE_H

#include <stdbool.h>

#include "base/buffer.h"

struct batch_job;
struct batch_table;

/* of a job that writes to a database; never NULL */
struct batch_table *batch_table_open(struct batch_job *job);

/* writes records in the job's format, the first one being the names; false: batch_table_why */
bool		batch_table_write(struct batch_table *t, const struct buffer *records);

/* commits what is not yet committed */
bool		batch_table_finish(struct batch_table *t);
const char *batch_table_why(const struct batch_table *t);

/* what was not committed is lost */
void		batch_table_close(struct batch_table *t);

#endif
