/* The columns of a CSV answer: their choice, names and cells. */
#ifndef STANDIN_CSV_COLUMNS_H
#define STANDIN_CSV_COLUMNS_H

#include <stddef.h>

#include "base/buffer.h"

struct result;
struct column;

typedef void (*column_write) (struct buffer *out, const struct result *r, size_t row,
							  const struct column *c);

/* What a column is, for those who choose some of them. */
enum column_part
{
	COLUMN_ANY,
	COLUMN_PROBABILITY,			/* of the class `which` */
	COLUMN_DECIDING,			/* what decides between two classes */
	COLUMN_PASSTHROUGH
};

struct column
{
	struct buffer name;
	enum column_part part;
	column_write write;
	size_t		which;			/* index of the class, explanation, ... it is about */
	size_t		group;			/* explanations: index of the class */
};

struct columns
{
	size_t		n;
	struct column *list;
};

/* adds a column at the end; the name is a format */
void		columns_add(struct columns *c, column_write write, size_t which, size_t group,
						const char *name, ...) __attribute__((format(printf, 5, 6)));
void		columns_free(struct columns *c);

/* all columns of an answer, in order (docs/api.md 1.6) */
void		columns_choose(struct columns *c, const struct result *r);

/* the same in two steps: the predictions; explanations, warnings, passthrough columns */
void		columns_choose_predictions(struct columns *c, const struct result *r);
void		columns_choose_rest(struct columns *c, const struct result *r);

/* a name that two columns have, which belongs to the columns; NULL: none */
const char *columns_collision(const struct columns *c);

#endif
