/* The rows of one request, from CSV or JSON, with the wanted columns only. */
#ifndef STANDIN_TABLE_H
#define STANDIN_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

enum cell_kind
{
	CELL_MISSING,
	CELL_TEXT,
	CELL_NUMBER,				/* a JSON number, as text */
	CELL_BOOL,					/* a JSON true or false, as text */
	CELL_JSON					/* a JSON array or object, as text */
};

struct cell
{
	const char *text;
	uint32_t	len;
	uint32_t	kind;
};

struct table
{
	size_t		columns;		/* of the request */
	char	  **names;
	int		   *slot;			/* per column: its place in a kept row, or -1 */
	size_t		kept;
	size_t		rows;
	size_t		rows_cap;
	struct cell *cells;			/* rows * kept */
	struct arena arena;
};

void		table_add_column(struct table *t, const char *name, size_t len);
int			table_find(const struct table *t, const char *name);
int			table_keep(struct table *t, int column);
struct cell *table_new_row(struct table *t);
void		table_free(struct table *t);

/* is there no value? Empty and NaN, NA, N/A, null, None, #N/A count as missing */
bool		cell_is_missing(const struct cell *c);

/* its value as a finite number; false: it is not one */
bool		cell_number(const struct cell *c, float *value);

static inline const struct cell *
table_cell(const struct table *t, size_t row, int slot)
{
	return &t->cells[row * t->kept + (size_t) slot];
}

#endif
