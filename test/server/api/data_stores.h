/*
 * Data stores and credentials: which databases the service reaches, and as whom (docs/api.md 4.6).
 */
#ifndef STANDIN_DATA_STORES_H
#define STANDIN_DATA_STORES_H

#include <stdbool.h>

struct database_target;
struct request;

/* path: after /api/v2/; false: it is of something else */
bool		data_stores_answer(struct request *r, const char *path);

/*
 * Where a data store leads, as a credential's user (NULL: none is given). One that was not made
 * here leads to the database of the command line. The texts are the caller's.
 */
void		data_stores_find(const char *store, const char *credential,
							 struct database_target *target);
void		data_stores_reset(void);

#endif
