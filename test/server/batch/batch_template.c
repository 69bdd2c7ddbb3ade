#include "batch/batch_template.h"

#include <string.h>

#include "base/buffer.h"
#include "base/timestamps.h"
#include "batch/batch_fields.h"

/* A time without its microseconds, in the form of Python's isoformat(). */
static void
write_time(struct buffer *out, int64_t microseconds)
{
	static const int64_t never = -2208988800;	/* 1900 */

	buffer_reserve(out, TIMESTAMP_TEXT_MAX);
	out->len += (size_t) timestamp_print_as(out->data + out->len,
											microseconds ? microseconds / 1000000 : never,
											"%Y-%m-%dT%H:%M:%S");
}

static bool
is_name(const char *name, size_t len, const char *wanted)
{
	return strlen(wanted) == len && memcmp(name, wanted, len) == 0;
}

/* False: there is no such variable. */
static bool
write_variable(struct buffer *out, const char *name, size_t len, const struct batch_times *t)
{
	if (is_name(name, len, "current_run_timestamp"))
		buffer_print(out, "%lld", (long long) (t->now / 1000));
	else if (is_name(name, len, "current_run_time"))
		write_time(out, t->now);
	else if (is_name(name, len, "last_scheduled_run_time"))
		write_time(out, t->last_scheduled);
	else if (is_name(name, len, "next_scheduled_run_time"))
		write_time(out, t->next_scheduled);
	else if (is_name(name, len, "last_completed_run_time"))
		write_time(out, t->last_completed);
	else
		return false;
	return true;
}

/* NULL, or why it cannot be done. */
static const char *
expand(struct buffer *out, const char *text, const struct batch_times *times)
{
	const char *at;

	while ((at = strstr(text, "{{")) != NULL)
	{
		const char *end = strstr(at, "}}");
		const char *name = at + 2 + strspn(at + 2, " ");

		if (!end)
			return "a template variable has no end";
		buffer_append(out, text, (size_t) (at - text));
		for (text = end + 2; end > name && end[-1] == ' '; end--)
			;
		if (end < name || !write_variable(out, name, (size_t) (end - name), times))
			return "unknown template variable";
	}
	buffer_text(out, text);
	return NULL;
}

static void
expand_field(json_t *settings, const char *prefix, const char *name,
			 const struct batch_times *times, json_t *errors)
{
	const char *text = batch_text(settings, name);
	struct buffer out = {0};
	const char *why;

	if (!text || !strstr(text, "{{"))
		return;
	why = expand(&out, text, times);
	if (why)
		batch_fields_error(errors, prefix, name, why);
	else
		json_object_set_new(settings, name, json_stringn(out.data, out.len));
	buffer_free(&out);
}

static bool
makes_table(const json_t *out)
{
	return batch_truth(out, "createTableIfNotExists", false)
		|| batch_is_word("createTable create_table", batch_text(out, "statementType"));
}

void
batch_template_expand(json_t *spec, const struct batch_times *times, json_t *errors)
{
	json_t	   *in = batch_member(spec, "intakeSettings");
	json_t	   *out = batch_member(spec, "outputSettings");
	const char *to = batch_text(out, "type");

	if (batch_is_word("jdbc synapse snowflake", batch_text(in, "type")))
		expand_field(in, "intakeSettings.", "query", times, errors);
	if (batch_is_word("bigquery", to)
		|| (batch_is_word("jdbc synapse snowflake", to) && makes_table(out)))
		expand_field(out, "outputSettings.", "table", times, errors);
	if (batch_is_word("s3 gcp azure", to))
		expand_field(out, "outputSettings.", "url", times, errors);
}
