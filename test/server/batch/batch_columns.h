/*
 * The columns of a scored file (docs/api.md 2.14): those of a CSV answer, with the status, without
 * what is not wanted, under other names where the job asks for them.
 */
#ifndef STANDIN_BATCH_COLUMNS_H
#define STANDIN_BATCH_COLUMNS_H

#include <stdbool.h>

#include "base/buffer.h"
#include "output/csv_columns.h"

struct batch_spec;
struct fault;
struct wanted;

/*
 * Chooses them. NULL, or why the job is refused: a name that two columns have; to be freed. The
 * columns have to be freed in any case.
 */
char	   *batch_columns_choose(struct columns *c, const struct batch_spec *spec,
								  const struct wanted *wanted, const struct fault *f);

/* is it the column that says whether the row was scored? */
bool		batch_column_is_status(const struct column *c);

/* the line of their names, in ordinary CSV */
void		batch_columns_header(const struct columns *c, struct buffer *out);

#endif
