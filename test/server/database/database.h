/*
 * PostgreSQL, by libpq. No call waits without asking whether to stop. Of what goes wrong,
 * database_why has the server's words.
 */
#ifndef STANDIN_DATABASE_H
#define STANDIN_DATABASE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

struct database;

/* Where it is, in texts of its own. */
struct database_target
{
	char	   *address;		/* a connection string, or a URI; NULL: nowhere */
	char	   *user;			/* NULL: as the address says, or libpq's usual one */
	char	   *password;
};

enum database_reading
{
	DATABASE_ROW,
	DATABASE_END,
	DATABASE_FAILED
};

/* is the work to end, whatever the server does? */
typedef bool (*database_stop) (void *data);

/* never NULL: whether it is connected, database_is_open tells */
struct database *database_open(const struct database_target *target, database_stop stop,
							   void *data);
bool		database_is_open(const struct database *d);
void		database_close(struct database *d);

/* its own words, of one line; "": nothing went wrong */
const char *database_why(const struct database *d);

/* the database's name */
const char *database_name(const struct database *d);

/* statements without rows; false: it failed */
bool		database_run(struct database *d, const char *statement);

/* a statement with parameters, under a name */
bool		database_prepare(struct database *d, const char *name, const char *statement);

/* how many rows it wrote; -1: it failed. A value may be NULL */
long		database_execute(struct database *d, const char *name, const char *const *values,
							 int count);

/* begins a COPY ... TO STDOUT */
bool		database_copy(struct database *d, const char *statement);

/* adds its next record to the text */
enum database_reading database_read(struct database *d, struct buffer *text);

/* a name in quotes */
void		database_write_name(struct buffer *sql, const char *name);

/* frees the texts */
void		database_forget(struct database_target *target);

#endif
