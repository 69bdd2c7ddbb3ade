/*
 * The portable prediction server: one model at its root, several in folders with free names. It
 * asks nobody who he is. Reference sections 1.1 (R15, R16) and 1.10.
 */
#ifndef STANDIN_PORTABLE_H
#define STANDIN_PORTABLE_H

#include <stdbool.h>
#include <stddef.h>

struct deployment;
struct request;

/* what is loaded under this name; NULL: nothing */
struct deployment *portable_find(const char *name, size_t len);

/* what is served at the root */
struct deployment *portable_single(void);

/* does the path belong to this service's own routes? */
bool		portable_is_route(const char *path);

/* /info, /deployments, loading and unloading */
void		portable_answer(struct request *r);

/* everything is loaded again */
void		portable_reset(void);

#endif
