#include "scoring/exposure.h"

#include <string.h>

#include "base/buffer.h"
#include "base/http_reply.h"
#include "input/input.h"
#include "input/table.h"
#include "model/registry.h"
#include "scoring/result.h"

bool
exposure_apply(struct result *result, struct reply *reply)
{
	int			input = deployment_input(result->deployment, INPUT_EXPOSURE);

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
			reply_error(reply, 400, "row %zu: the exposure '%s' must be a number above zero",
						row, result->deployment->inputs[input].name);
			return false;
		}
		result->scores[row] *= exposure;
	}
	return true;
}
