#include "database/database.h"

#include <libpq-fe.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { LOOK_MS = 50 };

struct database
{
	PGconn	   *connection;
	database_stop stop;
	void	   *data;
	char		why[512];
};

static const char stopped[] = "the work has ended";

/* ---- what went wrong */

/* The first line is enough: others repeat the statement. */
static bool
fail(struct database *d, const char *text)
{
	static const char severity[] = "ERROR:  ";
	size_t		len;

	if (strncmp(text, severity, sizeof severity - 1) == 0)
		text += sizeof severity - 1;
	len = strcspn(text, "\n");
	if (len >= sizeof d->why)
		len = sizeof d->why - 1;
	memcpy(d->why, text, len);
	d->why[len] = '\0';
	return false;
}

static bool
fail_as_server(struct database *d)
{
	return fail(d, PQerrorMessage(d->connection));
}

const char *
database_why(const struct database *d)
{
	return d->why;
}

/* ---- waits */

static void
cancel(struct database *d)
{
	PGcancel   *request = PQgetCancel(d->connection);
	char		unused[256];

	if (request)
		PQcancel(request, unused, sizeof unused);
	PQfreeCancel(request);
}

/* Waits for bytes from the server. False: the work is to end, or the connection is lost. */
static bool
await_bytes(struct database *d)
{
	struct pollfd socket = {.fd = PQsocket(d->connection), .events = POLLIN};

	for (;;)
	{
		int			ready = poll(&socket, 1, LOOK_MS);

		if (ready > 0)
			return PQconsumeInput(d->connection) || fail_as_server(d);
		if (d->stop && d->stop(d->data))
		{
			cancel(d);
			return fail(d, stopped);
		}
	}
}

/* The next result; NULL: there is no other, or the wait failed. */
static PGresult *
await_result(struct database *d)
{
	while (PQisBusy(d->connection))
		if (!await_bytes(d))
			return NULL;
	return PQgetResult(d->connection);
}

/* Takes the results of what was sent; returns the rows that were written, or -1. */
static long
finish(struct database *d, int sent)
{
	long		rows = 0;
	PGresult   *result;

	if (!sent)
	{
		fail_as_server(d);
		return -1;
	}
	while ((result = await_result(d)) != NULL)
	{
		ExecStatusType status = PQresultStatus(result);

		if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
		{
			fail(d, PQresultErrorMessage(result));
			rows = -1;
		}
		else if (rows >= 0)
			rows += strtol(PQcmdTuples(result), NULL, 10);
		PQclear(result);
	}
	return d->why[0] ? -1 : rows;
}

/* ---- the connection */

static void
ignore_notice(void *unused, const char *text)
{
	(void) unused;
	(void) text;
}

struct database *
database_open(const struct database_target *target, database_stop stop, void *data)
{
	static const char *const names[] = {
		"connect_timeout", "dbname", "client_encoding", "application_name",
		"user", "password", NULL
	};
	const char *values[] = {"10", target->address, "UTF8", "standin", NULL, NULL, NULL};
	struct database *d = must_alloc(sizeof *d);

	*d = (struct database) {.stop = stop, .data = data};
	values[4] = target->user;
	values[5] = target->password;
	if (!target->address)
	{
		fail(d, "this installation has no connection to databases");
		return d;
	}
	d->connection = PQconnectdbParams(names, values, true);
	if (PQstatus(d->connection) != CONNECTION_OK)
		fail_as_server(d);
	PQsetNoticeProcessor(d->connection, ignore_notice, NULL);
	return d;
}

bool
database_is_open(const struct database *d)
{
	return d->connection && PQstatus(d->connection) == CONNECTION_OK;
}

const char *
database_name(const struct database *d)
{
	return PQdb(d->connection);
}

void
database_close(struct database *d)
{
	PQfinish(d->connection);
	free(d);
}

void
database_forget(struct database_target *target)
{
	free(target->address);
	free(target->user);
	free(target->password);
	*target = (struct database_target) {0};
}

/* ---- statements */

bool
database_run(struct database *d, const char *statement)
{
	return finish(d, PQsendQuery(d->connection, statement)) >= 0;
}

bool
database_prepare(struct database *d, const char *name, const char *statement)
{
	return finish(d, PQsendPrepare(d->connection, name, statement, 0, NULL)) >= 0;
}

long
database_execute(struct database *d, const char *name, const char *const *values, int count)
{
	return finish(d, PQsendQueryPrepared(d->connection, name, count, values, NULL, NULL, 0));
}

void
database_write_name(struct buffer *sql, const char *name)
{
	buffer_byte(sql, '"');
	for (; *name; name++)
	{
		if (*name == '"')
			buffer_byte(sql, '"');
		buffer_byte(sql, *name);
	}
	buffer_byte(sql, '"');
}

/* ---- reading */

bool
database_copy(struct database *d, const char *statement)
{
	PGresult   *result;
	bool		begun;

	if (!PQsendQuery(d->connection, statement))
		return fail_as_server(d);
	result = await_result(d);
	if (!result)
		return d->why[0] ? false : fail(d, "the database gave no answer");
	begun = PQresultStatus(result) == PGRES_COPY_OUT;
	if (!begun)
		fail(d, PQresultErrorMessage(result));
	PQclear(result);
	return begun;
}

enum database_reading
database_read(struct database *d, struct buffer *text)
{
	char	   *record = NULL;
	int			len;

	while ((len = PQgetCopyData(d->connection, &record, true)) == 0)
		if (!await_bytes(d))
			return DATABASE_FAILED;
	if (len > 0)
	{
		buffer_append(text, record, (size_t) len);
		PQfreemem(record);
		return DATABASE_ROW;
	}
	if (len == -2)
		fail_as_server(d);
	return len == -1 && finish(d, 1) >= 0 ? DATABASE_END : DATABASE_FAILED;
}
