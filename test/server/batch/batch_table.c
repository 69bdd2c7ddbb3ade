#include "batch/batch_table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/numbers.h"
#include "base/service_clock.h"
#include "batch/batch_database.h"
#include "batch/batch_fields.h"
#include "batch/batch_format.h"
#include "batch/batch_job.h"

enum { COMMIT_SECONDS = 600 };

/* Texts one after another, each with its end. */
struct texts
{
	struct buffer bytes;
	struct buffer starts;		/* size_t each */
};

struct batch_table
{
	const struct batch_job *job;
	struct database *database;
	struct batch_format *format;
	const char *why;			/* static text; NULL: the database's own, if any */
	struct buffer name;			/* of the table, in quotes */
	struct texts columns;
	struct buffer setters;		/* int each: which columns an UPDATE gives a value, */
	struct buffer matchers;		/* and by which it finds the row */
	bool		begun;
	bool		updates;
	bool		inserts;
	int64_t		committed;		/* when */
};

/* ---- texts */

static size_t
texts_count(const struct texts *t)
{
	return t->starts.len / sizeof(size_t);
}

static const char *
texts_at(const struct texts *t, size_t i)
{
	return t->bytes.data + ((const size_t *) t->starts.data)[i];
}

static void
texts_add(struct texts *t, const struct buffer *text)
{
	size_t		start = t->bytes.len;

	buffer_append(&t->starts, &start, sizeof start);
	buffer_append(&t->bytes, text->data, text->len);
	buffer_byte(&t->bytes, '\0');
}

static void
texts_free(struct texts *t)
{
	buffer_free(&t->bytes);
	buffer_free(&t->starts);
}

/* The fields of a record; returns where the next one begins. */
static const char *
read_record(const struct batch_table *t, const char *at, const char *end, struct texts *fields)
{
	struct buffer field = {0};
	bool		more = true;

	fields->bytes.len = fields->starts.len = 0;
	for (; more && at <= end; at++)
	{
		at = batch_format_read(t->format, at, end, &field);
		texts_add(fields, &field);
		more = at < end && *at != '\n';
	}
	buffer_free(&field);
	return at;
}

/* ---- statements */

static bool
refuse(struct batch_table *t, const char *why)
{
	t->why = why;
	return false;
}

static bool
run(struct batch_table *t, struct buffer *sql, const char *prepared)
{
	bool		ok;

	buffer_byte(sql, '\0');
	ok = prepared ? database_prepare(t->database, prepared, sql->data)
		: database_run(t->database, sql->data);
	buffer_free(sql);
	return ok;
}

/* Columns whose fields of the first row are numbers become numbers, the others texts. */
static bool
create(struct batch_table *t, const struct texts *first)
{
	struct buffer sql = {0};

	buffer_print(&sql, "CREATE TABLE %s%.*s (",
				 batch_truth(t->job->spec.to, "createTableIfNotExists", false)
				 ? "IF NOT EXISTS " : "", (int) t->name.len, t->name.data);
	for (size_t i = 0; i < texts_count(&t->columns); i++)
	{
		const char *value = i < texts_count(first) ? texts_at(first, i) : "";

		buffer_text(&sql, i ? ", " : "");
		database_write_name(&sql, texts_at(&t->columns, i));
		buffer_text(&sql, number_is_json(value, strlen(value)) ? " double precision" : " text");
	}
	buffer_byte(&sql, ')');
	return run(t, &sql, NULL);
}

static bool
prepare_insert(struct batch_table *t)
{
	struct buffer sql = {0};

	buffer_print(&sql, "INSERT INTO %.*s (", (int) t->name.len, t->name.data);
	for (size_t i = 0; i < texts_count(&t->columns); i++)
	{
		buffer_text(&sql, i ? ", " : "");
		database_write_name(&sql, texts_at(&t->columns, i));
	}
	buffer_text(&sql, ") VALUES (");
	for (size_t i = 0; i < texts_count(&t->columns); i++)
		buffer_print(&sql, "%s$%zu", i ? ", " : "", i + 1);
	buffer_byte(&sql, ')');
	return run(t, &sql, "insert");
}

/* "a" = $1, "b" = $2 of the chosen columns; the parameters begin after so many others. */
static void
write_pairs(const struct batch_table *t, struct buffer *sql, const struct buffer *chosen,
			size_t before, const char *between)
{
	const int  *columns = (const int *) chosen->data;

	for (size_t i = 0; i < chosen->len / sizeof *columns; i++)
	{
		buffer_text(sql, i ? between : "");
		database_write_name(sql, texts_at(&t->columns, (size_t) columns[i]));
		buffer_print(sql, " = $%zu", before + i + 1);
	}
}

static bool
prepare_update(struct batch_table *t)
{
	struct buffer sql = {0};

	buffer_print(&sql, "UPDATE %.*s SET ", (int) t->name.len, t->name.data);
	write_pairs(t, &sql, &t->setters, 0, ", ");
	buffer_text(&sql, " WHERE ");
	write_pairs(t, &sql, &t->matchers, t->setters.len / sizeof(int), " AND ");
	return run(t, &sql, "update");
}

/* The columns of a list of the settings. */
static bool
choose(struct batch_table *t, const char *list, struct buffer *chosen)
{
	size_t		i;
	const json_t *name;

	json_array_foreach(batch_member(t->job->spec.to, list), i, name)
	{
		int			found = -1;

		for (size_t k = 0; k < texts_count(&t->columns); k++)
			if (strcmp(texts_at(&t->columns, k), json_string_value(name)) == 0)
				found = (int) k;
		if (found < 0)
			return refuse(t, "a column of updateColumns or whereColumns is not in the output");
		buffer_append(chosen, &found, sizeof found);
	}
	return true;
}

/* The names are known, and so is the first row. */
static bool
begin(struct batch_table *t, const struct texts *first)
{
	const json_t *to = t->job->spec.to;
	const char *statement = batch_text(to, "statementType");
	bool		creates = batch_is_word("createTable create_table", statement)
		|| batch_truth(to, "createTableIfNotExists", false);

	t->updates = batch_is_word("update insertUpdate insert_update", statement);
	t->inserts = !statement || strcmp(statement, "update") != 0;
	t->begun = true;
	t->committed = service_now();
	return choose(t, "updateColumns", &t->setters) && choose(t, "whereColumns", &t->matchers)
		&& database_run(t->database, "BEGIN") && (!creates || create(t, first))
		&& (!t->inserts || prepare_insert(t)) && (!t->updates || prepare_update(t));
}

/* ---- rows */

/* An empty field is a missing value. */
static void
add_value(struct buffer *values, const struct texts *fields, size_t i)
{
	const char *text = texts_at(fields, i);

	if (!*text)
		text = NULL;
	buffer_append(values, &text, sizeof text);
}

static void
add_values(struct buffer *values, const struct texts *fields, const struct buffer *chosen)
{
	const int  *columns = (const int *) chosen->data;

	for (size_t i = 0; i < chosen->len / sizeof *columns; i++)
		add_value(values, fields, (size_t) columns[i]);
}

static long
execute(struct batch_table *t, const char *name, struct buffer *values)
{
	long		rows = database_execute(t->database, name, (const char *const *) values->data,
										(int) (values->len / sizeof(char *)));

	buffer_free(values);
	return rows;
}

static bool
write_row(struct batch_table *t, const struct texts *fields)
{
	struct buffer values = {0};
	long		updated = 0;

	if (texts_count(fields) != texts_count(&t->columns))
		return refuse(t, "a row of the output has another number of columns");
	if (t->updates)
	{
		add_values(&values, fields, &t->setters);
		add_values(&values, fields, &t->matchers);
		updated = execute(t, "update", &values);
	}
	if (updated != 0 || !t->inserts)
		return updated >= 0;
	for (size_t i = 0; i < texts_count(fields); i++)
		add_value(&values, fields, i);
	return execute(t, "insert", &values) >= 0;
}

/* 0 seconds: all rows are committed at the end. */
static bool
commit_if_due(struct batch_table *t)
{
	const json_t *interval = batch_member(t->job->spec.to, "commitInterval");
	int64_t		seconds = interval ? json_integer_value(interval) : COMMIT_SECONDS;

	if (seconds == 0 || service_now() - t->committed < seconds * 1000000)
		return true;
	t->committed = service_now();
	return database_run(t->database, "COMMIT; BEGIN");
}

bool
batch_table_write(struct batch_table *t, const struct buffer *records)
{
	const char *at = records->data;
	const char *end = at + records->len;
	struct texts fields = {0};
	bool		ok = database_is_open(t->database) && !t->why;

	if (ok && !t->begun)
		at = read_record(t, at, end, &t->columns);
	while (ok && at < end)
	{
		at = read_record(t, at, end, &fields);
		ok = (t->begun || begin(t, &fields)) && write_row(t, &fields);
	}
	texts_free(&fields);
	return ok && commit_if_due(t);
}

/* ---- the whole */

struct batch_table *
batch_table_open(struct batch_job *job)
{
	struct batch_table *t = must_alloc(sizeof *t);
	const struct batch_spec *spec = &job->spec;

	*t = (struct batch_table) {.job = job};
	t->database = batch_database_open(job, spec->to);
	t->format = batch_format_new(spec->delimiter, spec->quote, "UTF-8");
	if (database_is_open(t->database))
		t->why = batch_database_table(t->database, spec->to, &t->name);
	return t;
}

bool
batch_table_finish(struct batch_table *t)
{
	return !t->begun || database_run(t->database, "COMMIT");
}

const char *
batch_table_why(const struct batch_table *t)
{
	return t->why ? t->why : database_why(t->database);
}

void
batch_table_close(struct batch_table *t)
{
	database_close(t->database);
	batch_format_free(t->format);
	buffer_free(&t->name);
	texts_free(&t->columns);
	buffer_free(&t->setters);
	buffer_free(&t->matchers);
	free(t);
}
