#include "exposure.h"

#include <string.h>

#include "buffer.h"
#include "deployments.h"
#include "encode.h"
#include "input.h"
#include "request.h"
#include "result.h"
#include "table.h"

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

		if (encode_is_missing(c) || !encode_number(c, &exposure) || !(exposure > 0))
		{
			reply_error(&r->reply, 400, "row %zu: the exposure '%s' must be a number above zero",
						row, r->deployment->inputs[input].name);
			return false;
		}
		result->scores[row] *= exposure;
	}
	return true;
}
