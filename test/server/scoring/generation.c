#include "scoring/generation.h"

#include <string.h>

#include "input/input.h"
#include "input/table.h"
#include "model/registry.h"
#include "scoring/ngrams.h"
#include "scoring/result.h"

const char *const generation_extras[GENERATION_EXTRAS] = {
	"datarobot_token_count", "CITATION_CONTENT_0", "CITATION_PAGE_0"
};

static const struct cell *
prompt_of(const struct result *result, size_t row)
{
	int			input = deployment_input(result->deployment, INPUT_PROMPT);

	return result_cell(result, row, result->wanted->input_slots[input]);
}

void
generation_answer(struct result *result)
{
	result->rows = result->table->rows;
	result->outputs = 1;
	result->texts = must_alloc(result->rows * sizeof *result->texts);
	for (size_t row = 0; row < result->rows; row++)
	{
		const struct cell *prompt = prompt_of(result, row);

		result->texts[row] = prompt->text ? prompt->text : "";
	}
}

bool
generation_extra(const struct result *result, size_t row, int which, struct buffer *value,
				 bool *is_number)
{
	const struct cell *prompt = prompt_of(result, row);
	const char *text = prompt->text ? prompt->text : "";

	*is_number = which == 0;
	if (which == 0)
		buffer_print(value, "%zu", ngrams_words(text, strlen(text)));
	else if (which == 1)
		buffer_append(value, prompt->text, prompt->len);
	return which < 2;
}
