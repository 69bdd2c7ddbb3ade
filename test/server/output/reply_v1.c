#include "output/reply_v1.h"

#include "base/json_output.h"
#include "base/numbers.h"
#include "model/registry.h"
#include "scoring/result.h"

static void
write_row(struct buffer *out, const struct result *r, size_t row)
{
	const struct deployment *d = r->deployment;

	buffer_print(out, "{\"row_id\": %zu, \"prediction\": ", row);
	if (d->n_classes == 0)
	{
		number_write(out, r->scores[row], r->decimals);
		buffer_byte(out, '}');
		return;
	}
	buffer_text(out, d->json_labels[result_class(r, row)]);
	buffer_text(out, ", \"class_probabilities\": {");
	for (size_t c = 0; c < d->n_classes; c++)
	{
		if (c)
			buffer_text(out, ", ");
		json_write_text(out, d->classes[c]);
		buffer_text(out, ": ");
		number_write(out, result_score(r, row, c), r->decimals);
	}
	buffer_text(out, "}}");
}

void
reply_v1(struct buffer *out, const struct result *r, double milliseconds)
{
	buffer_print(out, "{\"task\": \"%s\", \"predictions\": [",
				 r->deployment->n_classes ? "Binary" : "Regression");
	for (size_t i = 0; i < r->n_order; i++)
	{
		if (i)
			buffer_text(out, ", ");
		write_row(out, r, result_row(r, i));
	}
	buffer_print(out, "], \"execution_time\": %.3f, \"model_id\": \"%s\", \"code\": 200, "
				 "\"status\": \"\", \"version\": \"v1\"}",
				 milliseconds, r->deployment->model_id);
}
