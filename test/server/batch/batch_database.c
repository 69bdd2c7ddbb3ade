#include "batch/batch_database.h"

#include <string.h>

#include "api/data_stores.h"
#include "batch/batch_fields.h"
#include "batch/batch_job.h"

static bool
is_over(void *data)
{
	struct batch_job *job = data;
	bool		over;

	batch_lock();
	over = job->state != BATCH_RUNNING;
	batch_unlock();
	return over;
}

struct database *
batch_database_open(struct batch_job *job, const json_t *settings)
{
	const char *store = batch_text(settings, "dataStoreId");
	struct database_target target = {0};
	struct database *d;

	if (store)
		data_stores_find(store, batch_text(settings, "credentialId"), &target);
	d = database_open(&target, is_over, job);
	database_forget(&target);
	return d;
}

const char *
batch_database_table(struct database *d, const json_t *settings, struct buffer *sql)
{
	const char *catalog = batch_text(settings, "catalog");
	const char *schema = batch_text(settings, "schema");

	if (catalog && strcmp(catalog, database_name(d)) != 0)
		return "the catalog does not exist";
	if (schema)
	{
		database_write_name(sql, schema);
		buffer_byte(sql, '.');
	}
	database_write_name(sql, batch_text(settings, "table"));
	return NULL;
}

/* A character in quotes. */
static void
write_character(struct buffer *sql, char c)
{
	buffer_text(sql, c == '\'' ? "''" : (char[]) {c, '\0'});
}

/* A query without the semicolon at its end. */
static void
write_query(struct buffer *sql, const char *query)
{
	size_t		len = strlen(query);

	while (len > 0 && strchr("; \t\r\n", query[len - 1]))
		len--;
	buffer_append(sql, query, len);
}

const char *
batch_database_select(struct database *d, const struct batch_job *job)
{
	const struct batch_spec *spec = &job->spec;
	const char *query = batch_text(spec->from, "query");
	struct buffer sql = {0};
	const char *why = NULL;

	buffer_text(&sql, "COPY (");
	if (query)
		write_query(&sql, query);
	else
	{
		buffer_text(&sql, "TABLE ");
		why = batch_database_table(d, spec->from, &sql);
	}
	buffer_text(&sql, "\n) TO STDOUT (FORMAT csv, HEADER, DELIMITER '");
	write_character(&sql, spec->delimiter);
	buffer_text(&sql, "', QUOTE '");
	write_character(&sql, spec->quote);
	buffer_text(&sql, "', ENCODING 'UTF8')");
	buffer_byte(&sql, '\0');
	if (!why && !database_copy(d, sql.data))
		why = database_why(d);
	buffer_free(&sql);
	return why;
}
