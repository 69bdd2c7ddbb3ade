#include "input/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/numbers.h"

void
table_add_column(struct table *t, const char *name, size_t len)
{
	if ((t->columns & (t->columns + 1)) == 0)	/* grow at 0, 1, 3, 7, ... */
	{
		size_t		cap = t->columns * 2 + 1;

		t->names = must_realloc(t->names, cap * sizeof *t->names);
		t->slot = must_realloc(t->slot, cap * sizeof *t->slot);
	}
	t->names[t->columns] = arena_copy(&t->arena, name, len);
	t->slot[t->columns] = -1;
	t->columns++;
}

int
table_find(const struct table *t, const char *name)
{
	for (size_t i = 0; i < t->columns; i++)
		if (strcmp(t->names[i], name) == 0)
			return (int) i;
	return -1;
}

/* Keeps the cells of a column; to be called before the first row. */
int
table_keep(struct table *t, int column)
{
	if (t->slot[column] < 0)
		t->slot[column] = (int) t->kept++;
	return t->slot[column];
}

/* A new row of missing values. */
struct cell *
table_new_row(struct table *t)
{
	struct cell *row;

	if (t->rows == t->rows_cap)
	{
		t->rows_cap = t->rows_cap ? t->rows_cap * 2 : 64;
		t->cells = must_realloc(t->cells, t->rows_cap * t->kept * sizeof *t->cells);
	}
	row = &t->cells[t->rows++ * t->kept];
	memset(row, 0, t->kept * sizeof *row);
	return row;
}

void
table_free(struct table *t)
{
	free(t->names);
	free(t->slot);
	free(t->cells);
	arena_free(&t->arena);
	*t = (struct table) {0};
}

bool
cell_is_missing(const struct cell *c)
{
	static const char *const spellings[] = {"nan", "na", "n/a", "null", "none", "#n/a"};

	if (c->kind == CELL_MISSING || c->len == 0)
		return true;
	for (size_t i = 0; c->kind == CELL_TEXT && i < sizeof spellings / sizeof *spellings; i++)
		if (strlen(spellings[i]) == c->len && strncasecmp(c->text, spellings[i], c->len) == 0)
			return true;
	return false;
}

static bool
is_text(const struct cell *c, const char *text)
{
	return strlen(text) == c->len && strncasecmp(c->text, text, c->len) == 0;
}

bool
cell_number(const struct cell *c, float *value)
{
	double		number;

	if (is_text(c, "true") || is_text(c, "false"))
	{
		*value = is_text(c, "true");
		return true;
	}
	if (c->kind == CELL_JSON || !number_parse(c->text, c->len, &number) || !isfinite(number))
		return false;
	*value = (float) number;
	return true;
}
