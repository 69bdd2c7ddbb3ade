/* The lists of the public API, page by page (docs/api.md 4.3). */
#ifndef STANDIN_PAGES_H
#define STANDIN_PAGES_H

#include <jansson.h>
#include <stdbool.h>

struct request;

/* answers {"message": "Invalid field data", "errors": {field: why}} with 422; returns false */
bool		pages_refuse(struct request *r, const char *field, const char *why);

/* refuses query parameters that are not in this list, which ends with NULL; false: refused */
bool		pages_check_names(struct request *r, const char *const *known);

/* a parameter of the query; NULL: not given */
const char *pages_parameter(const struct request *r, const char *name);

/* a parameter that is true or false; returns false when it was refused */
bool		pages_read_bool(struct request *r, const char *name, bool *value);

/*
 * Answers with the part of the list that offset and limit ask for (limit is 20 by default and at
 * most 100). Takes over the list. total: the answer gives the length of the whole list.
 */
void		pages_answer(struct request *r, json_t *list, bool total);

/* the same where a limit that is missing or 0 means 100, and 1000 is the most */
void		pages_answer_long(struct request *r, json_t *list, bool total);

/* scheme and host of this service, as the client knows it; to be freed */
char	   *pages_origin(const struct request *r);

#endif
