#include "model/exposure.h"

#include <string.h>

#include "base/buffer.h"
#include "http/http_request.h"
#include "input/input.h"
#include "input/table.h"
#include "model/feature_matrix.h"
#include "model/registry.h"
#include "model/result.h"

bool
exposure_apply(struct request *r, struct result *result)
{
	int			input = deployment_input(r->deployment, INPUT_EXPOSURE);

	if (input < 0)
		return true;
	result->adjusted = must_alloc(result->rows * sizeof *result->adjusted);
	memcpy(result->adjusted, result->scores, result->rows * sizeof *result->adjusted);
	for (size_t row = 0; row < result->rows; row++)
	{
		const struct cell *c = result_cell(result, row, result->wanted->input_slots[input]);
		float		exposure;

		if (cell_is_missing(c) || !cell_number(c, &exposure) || !(exposure > 0))
		{
			reply_error(&r->reply, 400, "row %zu: the exposure '%s' must be a number above zero",
						row, r->deployment->inputs[input].name);
			return false;
		}
		result->scores[row] *= exposure;
	}
	return true;
}
