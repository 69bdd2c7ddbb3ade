#include "output/reply_csv.h"

#include "base/csv_output.h"
#include "output/csv_columns.h"
#include "scoring/result.h"

char *
reply_csv_collision(const struct result *r)
{
	struct columns columns = {0};
	const char *name;
	char	   *copy;

	columns_choose(&columns, r);
	name = columns_collision(&columns);
	copy = name ? must_copy(name) : NULL;
	columns_free(&columns);
	return copy;
}

void
reply_csv(struct buffer *out, const struct result *r)
{
	struct columns columns = {0};

	columns_choose(&columns, r);
	for (size_t c = 0; c < columns.n; c++)
	{
		if (c)
			buffer_byte(out, ',');
		csv_write_field(out, columns.list[c].name.data, columns.list[c].name.len);
	}
	buffer_byte(out, '\n');
	for (size_t i = 0; i < r->n_order; i++)
	{
		for (size_t c = 0; c < columns.n; c++)
		{
			if (c)
				buffer_byte(out, ',');
			columns.list[c].write(out, r, result_row(r, i), &columns.list[c]);
		}
		buffer_byte(out, '\n');
	}
	columns_free(&columns);
}
